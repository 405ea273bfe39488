package ref

import (
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

func reduce(o graph.Reduce, in, out []*array) error {
	x := in[0].Shape
	axes, err := o.Over(len(x))
	if err != nil {
		return err
	}
	kept := x.Clone()
	for d := range kept {
		if slices.Contains(axes, d) {
			kept[d] = 1
		}
	}
	y, at := out[0], spread(kept, x)
	for i, v := range in[0].f {
		y.f[at[i]] += v
	}
	for i, v := range in[0].i {
		y.i[at[i]] += v
	}
	if count := x.Len() / max(1, kept.Len()); o.Fn == graph.Mean && count > 0 {
		divide(y, count)
	}
	return nil
}

// divide cuts integers towards zero.
func divide(y *array, count int) {
	for i := range y.f {
		y.f[i] /= float64(count)
	}
	for i := range y.i {
		y.i[i] /= int64(count)
	}
}
