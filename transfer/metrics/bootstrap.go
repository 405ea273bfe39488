package metrics

import (
	"math"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

// Rounds of resampling: of a comparison and of the advisor.
const (
	CompareRounds = 10_000
	AdviseRounds  = 2_000
)

// Bootstrap is the 95 % percentile interval of the mean of x when groups, not single
// values, are drawn with replacement: pictures of one person are not independent.
//
//	x, group [n]; group numbers are any integers
//
// With x = right(A) - right(B) it is the paired interval of a difference in accuracy.
// Draws depend on seed, round and place alone. NaN, NaN without values.
// Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), §13.
func Bootstrap(x []float64, group []int, rounds int, seed uint64) [2]float64 {
	sums, counts := perGroup(x, group)
	if len(sums) == 0 || rounds < 1 {
		return [2]float64{math.NaN(), math.NaN()}
	}
	means := make([]float64, rounds)
	for r := range means {
		s, n, drawn := 0.0, 0.0, philox.New(seed, 0, uint32(r), "bootstrap")
		var words [4]uint32
		for k := range sums {
			if k%4 == 0 {
				words = drawn.Block(uint32(k / 4))
			}
			g := int(uint64(words[k%4]) * uint64(len(sums)) >> 32)
			s, n = s+sums[g], n+counts[g]
		}
		means[r] = s / n
	}
	slices.Sort(means)
	return [2]float64{Quantile(means, .025), Quantile(means, .975)}
}

// perGroup sums x and counts its values by group, in order of first appearance.
func perGroup(x []float64, group []int) (sums, counts []float64) {
	at := map[int]int{}
	for i, v := range x {
		k, ok := at[group[i]]
		if !ok {
			k = len(sums)
			at[group[i]] = k
			sums, counts = append(sums, 0), append(counts, 0)
		}
		sums[k] += v
		counts[k]++
	}
	return sums, counts
}

// Quantile interpolates between the sorted values around position q·(n-1).
func Quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	k := int(at)
	if k+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[k] + (at-float64(k))*(sorted[k+1]-sorted[k])
}

// Right is 1 where a prediction equals the label, else 0.
func Right(pred, labels []int) []float64 {
	out := make([]float64, len(labels))
	for i, y := range labels {
		if pred[i] == y {
			out[i] = 1
		}
	}
	return out
}

// Minus is a-b, value by value.
func Minus(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out
}
