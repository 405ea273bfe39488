package metrics

import (
	"math"
	"sort"
)

// AUC returns the area under the ROC curve by ranks, half a point for ties.
// Two classes: class 1 is positive. More: the mean over one-versus-rest of the
// classes that have pictures inside and outside. NaN if none has.
func AUC(probs []float32, labels []int, k int) float64 {
	if k == 2 {
		return binaryAUC(probs, labels, k, 1)
	}
	sum, n := 0.0, 0
	for c := range k {
		if a := binaryAUC(probs, labels, k, c); !math.IsNaN(a) {
			sum, n = sum+a, n+1
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}

// binaryAUC = (R - P(P+1)/2)/(P·Q): R the rank sum of the P pictures of class c,
// equal scores sharing their mean rank, Q the others (Mann-Whitney).
func binaryAUC(probs []float32, labels []int, k, c int) float64 {
	order := make([]int, len(labels))
	for i := range order {
		order[i] = i
	}
	score := func(i int) float32 { return probs[order[i]*k+c] }
	sort.SliceStable(order, func(a, b int) bool { return probs[order[a]*k+c] < probs[order[b]*k+c] })
	rankSum, pos := 0.0, 0
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && score(j) == score(i) {
			j++
		}
		for _, o := range order[i:j] {
			if labels[o] == c {
				rankSum += float64(i+j+1) / 2 // mean of ranks i+1…j
				pos++
			}
		}
		i = j
	}
	neg := len(labels) - pos
	if pos == 0 || neg == 0 {
		return math.NaN()
	}
	p := float64(pos)
	return (rankSum - p*(p+1)/2) / (p * float64(neg))
}
