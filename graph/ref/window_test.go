package ref

import (
	"fmt"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/stretchr/testify/require"
)

// The pairs of output and input that taps lists must be those of the definition:
// input = output·stride + k·dilation − pad, inside the picture.
func TestTaps(t *testing.T) {
	w := graph.Window{}
	for _, g := range []struct{ in, kernel, stride, dilation, begin, end []int }{
		{[]int{7}, []int{3}, []int{2}, []int{1}, []int{1}, []int{1}},
		{[]int{5, 6}, []int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}, []int{1, 1}},
		{[]int{5, 6}, []int{1, 1}, []int{1, 1}, []int{1, 1}, []int{0, 0}, []int{0, 0}},
		{[]int{5, 6}, []int{2, 3}, []int{2, 1}, []int{1, 2}, []int{0, 2}, []int{1, 0}},
		{[]int{1, 1}, []int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}, []int{1, 1}},
		{[]int{4, 1}, []int{1, 1}, []int{1, 1}, []int{1, 1}, []int{0, 0}, []int{0, 0}},
		{[]int{3, 4, 5}, []int{2, 1, 3}, []int{1, 2, 2}, []int{2, 1, 1}, []int{1, 0, 1}, []int{0, 0, 2}},
	} {
		w = graph.Window{Kernel: g.kernel, Stride: g.stride, Dilation: g.dilation, PadBegin: g.begin, PadEnd: g.end}
		out, err := w.Out(g.in, false)
		require.NoError(t, err)
		require.Equal(t, direct(w, g.in, out), listed(w, g.in, out), "%v of %v", w, g.in)
	}
}

// listed returns "tap out in" of all runs.
func listed(w graph.Window, in, out []int) map[string]bool {
	pairs := map[string]bool{}
	for k, runs := range taps(w, in, out) {
		for _, r := range runs {
			for j := range r.n {
				pairs[fmt.Sprint(k, r.out+j, r.in+j*w.Stride[len(in)-1])] = true
			}
		}
	}
	return pairs
}

// direct walks all positions.
func direct(w graph.Window, in, out []int) map[string]bool {
	pairs := map[string]bool{}
	for k := range graph.Shape(w.Kernel).Len() {
		for o := range graph.Shape(out).Len() {
			at, inside := 0, true
			kk, oo := unravel(k, w.Kernel), unravel(o, out)
			for d := range in {
				p := oo[d]*w.Stride[d] + kk[d]*w.Dilation[d] - w.PadBegin[d]
				inside = inside && p >= 0 && p < in[d]
				at = at*in[d] + p
			}
			if inside {
				pairs[fmt.Sprint(k, o, at)] = true
			}
		}
	}
	return pairs
}

func unravel(i int, shape []int) []int {
	at := make([]int, len(shape))
	for d := len(shape) - 1; d >= 0; d-- {
		at[d], i = i%shape[d], i/shape[d]
	}
	return at
}
