package optim

import "math"

// Point is what a schedule says for one step.
type Point struct {
	LR       float64 // factor on the base rate
	Momentum float64 // SGD's μ or Adam's β₁; 0: the optimiser keeps its own
}

// Schedule gives the point of step (from 0) out of total; steps at or past
// total stay at the end. It holds no state.
type Schedule interface {
	At(step, total int) Point
	String() string // the --sched spelling
}

// progress is p = t/T in 0…1.
func progress(step, total int) float64 {
	if total <= 0 || step >= total {
		return 1
	}
	return float64(max(step, 0)) / float64(total)
}

// cosine is cos(a→b; x) = b + (a-b)(1+cos πx)/2: a at x=0, b at x=1.
func cosine(a, b, x float64) float64 {
	return b + (a-b)*(1+math.Cos(math.Pi*x))/2
}
