package metrics

import "math"

// Class holds the figures of one class. NaN: not defined by the data.
type Class struct {
	Support, Predicted, Correct int // pictures of the class, answered as it, both
	Precision, Recall, F1       float64
	PrecisionCI95, RecallCI95   [2]float64  // Wilson
	F1CI95                      *[2]float64 // nil until BootstrapF1, and for a class that does not occur
}

// Confusion counts pictures: [true][predicted], k rows of k.
func Confusion(pred, labels []int, k int) [][]int {
	m := make([][]int, k)
	for i := range m {
		m[i] = make([]int, k)
	}
	for i, y := range labels {
		m[y][pred[i]]++
	}
	return m
}

// fromConfusion derives the figures that need no probabilities.
func fromConfusion(m [][]int) *Result {
	r := &Result{K: len(m), Confusion: m, Classes: make([]Class, len(m))}
	correct, largest := 0, 0
	for c := range m {
		r.Classes[c] = classOf(m, c)
		r.N += r.Classes[c].Support
		correct += r.Classes[c].Correct
		largest = max(largest, r.Classes[c].Support)
	}
	r.Accuracy, r.CI95 = ratio(correct, r.N), Wilson(correct, r.N)
	r.Majority = ratio(largest, r.N)
	r.Balanced = meanOf(r.Classes, func(c Class) float64 { return c.Recall })
	r.MacroF1 = meanOf(r.Classes, func(c Class) float64 { return c.F1 })
	return r
}

func classOf(m [][]int, c int) Class {
	v := Class{Correct: m[c][c]}
	for i := range m {
		v.Support += m[c][i]
		v.Predicted += m[i][c]
	}
	v.Precision, v.PrecisionCI95 = ratio(v.Correct, v.Predicted), Wilson(v.Correct, v.Predicted)
	v.Recall, v.RecallCI95 = ratio(v.Correct, v.Support), Wilson(v.Correct, v.Support)
	v.F1 = ratio(2*v.Correct, v.Support+v.Predicted) // 2PR/(P+R), defined where either is
	return v
}

// meanOf averages what is defined; NaN if nothing is.
func meanOf(classes []Class, f func(Class) float64) float64 {
	sum, n := 0.0, 0
	for _, c := range classes {
		if x := f(c); !math.IsNaN(x) {
			sum, n = sum+x, n+1
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}
