package metrics

import (
	"math"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

// BootstrapF1 fills F1CI95 of every class: the 95 % percentile interval of 2PR/(P+R)
// when the pictures are drawn with replacement. A draw without the class, true or
// predicted, does not count for it. Draws depend on seed, round and place alone.
func (r *Result) BootstrapF1(labels []int, seed uint64) {
	values := make([][]float64, r.K)
	for round := range AdviseRounds {
		tp, support, predicted := make([]int, r.K), make([]int, r.K), make([]int, r.K)
		drawn := philox.New(seed, 0, uint32(round), "bootstrap f1")
		var words [4]uint32
		for k := range labels {
			if k%4 == 0 {
				words = drawn.Block(uint32(k / 4))
			}
			i := int(uint64(words[k%4]) * uint64(len(labels)) >> 32)
			y, p := labels[i], r.Predicted[i]
			support[y]++
			predicted[p]++
			if y == p {
				tp[y]++
			}
		}
		for c := range values {
			if f := ratio(2*tp[c], support[c]+predicted[c]); !math.IsNaN(f) {
				values[c] = append(values[c], f)
			}
		}
	}
	for c, v := range values {
		if len(v) > 0 {
			slices.Sort(v)
			r.Classes[c].F1CI95 = &[2]float64{Quantile(v, .025), Quantile(v, .975)}
		}
	}
}
