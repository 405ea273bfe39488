package metrics

import (
	"math"
	"slices"
)

// McNemar is the exact two-sided p value for two classifiers judged on the same
// pictures, of which b were right in the first alone and c in the second alone:
//
//	p = min(1, 2·Σ_{i≤min(b,c)} C(b+c, i) / 2^(b+c))
//
// Source: McNemar, Psychometrika 12 (1947) 153, in its binomial form.
func McNemar(b, c int) float64 {
	n := b + c
	sum := 0.0
	for i := range min(b, c) + 1 {
		sum += math.Exp(logChoose(n, i) - float64(n)*math.Ln2)
	}
	return min(1, 2*sum)
}

func logChoose(n, k int) float64 {
	lg := func(x int) float64 { v, _ := math.Lgamma(float64(x + 1)); return v }
	return lg(n) - lg(k) - lg(n-k)
}

// Discordant counts the pictures that only one of two lists of predictions gets right.
func Discordant(first, second, labels []int) (b, c int) {
	for i, y := range labels {
		switch {
		case first[i] == y && second[i] != y:
			b++
		case first[i] != y && second[i] == y:
			c++
		}
	}
	return b, c
}

// Holm corrects p values for being several: the k-th smallest of m is multiplied by
// m-k+1, never falling below the ones before it, at most 1. The order stays.
// Source: Holm, Scand. J. Stat. 6 (1979) 65.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	out, top := make([]float64, len(p)), 0.0
	for k, i := range order {
		top = max(top, min(1, p[i]*float64(len(p)-k)))
		out[i] = top
	}
	return out
}
