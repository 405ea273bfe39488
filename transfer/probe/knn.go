package probe

import (
	"cmp"
	"math"
	"slices"
)

// Neighbours that vote.
const Neighbours = 5

// KNN predicts the class of each row of test from its 5 nearest rows of train by
// cosine; classes with equal votes are told by the sum of their similarities, then by
// the lower index.
func KNN(train, test Data) []int {
	a, b := unit(train), unit(test)
	out := make([]int, len(test.Labels))
	for i := range out {
		out[i] = vote(b[i*test.Dim:(i+1)*test.Dim], a, train)
	}
	return out
}

type neighbour struct {
	like float64
	row  int
}

func vote(x, a []float64, train Data) int {
	near := make([]neighbour, len(train.Labels))
	for r := range near {
		s := 0.0
		for k, v := range a[r*train.Dim : (r+1)*train.Dim] {
			s += v * x[k]
		}
		near[r] = neighbour{s, r}
	}
	slices.SortFunc(near, func(p, q neighbour) int { return cmp.Or(cmp.Compare(q.like, p.like), cmp.Compare(p.row, q.row)) })
	votes, sums := make([]int, train.Classes), make([]float64, train.Classes)
	for _, n := range near[:min(Neighbours, len(near))] {
		votes[train.Labels[n.row]]++
		sums[train.Labels[n.row]] += n.like
	}
	best := 0
	for c := range votes {
		if votes[c] > votes[best] || votes[c] == votes[best] && sums[c] > sums[best] {
			best = c
		}
	}
	return best
}

// unit is X with rows of length one; rows of zeros stay.
func unit(d Data) []float64 {
	out := slices.Clone(d.X)
	for i := range d.Labels {
		row, s := out[i*d.Dim:(i+1)*d.Dim], 0.0
		for _, v := range row {
			s += v * v
		}
		if s > 0 {
			for k := range row {
				row[k] /= math.Sqrt(s)
			}
		}
	}
	return out
}
