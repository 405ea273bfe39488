package metrics

import (
	"cmp"
	"math"
	"slices"
)

// Coverage is the answer of a classifier that keeps silent below a confidence.
type Coverage struct {
	Threshold float64    `json:"threshold"` // answers from this confidence on
	Answered  int        `json:"answered"`
	N         int        `json:"n"`
	Errors    int        `json:"errors"`
	Upper     float64    `json:"error_upper"` // of the Wilson 95 % interval
	Error     float64    `json:"error"`       // share of the answered; NaN if none
	Interval  [2]float64 `json:"-"`
}

// Share is the part of the rows that are answered.
func (c Coverage) Share() float64 { return ratio(c.Answered, c.N) }

// ranked are the rows by falling confidence.
type ranked struct {
	confidence []float64
	wrong      []bool
	order      []int
}

func rankRows(probs []float64, labels []int, k int) ranked {
	r := ranked{make([]float64, len(labels)), make([]bool, len(labels)), make([]int, len(labels))}
	for i, y := range labels {
		row, top := probs[i*k:(i+1)*k], 0
		for c, p := range row {
			if p > row[top] {
				top = c
			}
		}
		r.confidence[i], r.wrong[i], r.order[i] = row[top], top != y, i
	}
	slices.SortStableFunc(r.order, func(a, b int) int { return cmp.Compare(r.confidence[b], r.confidence[a]) })
	return r
}

func coverage(threshold float64, answered, n, errors int) Coverage {
	w := Wilson(errors, answered)
	return Coverage{Threshold: threshold, Answered: answered, N: n, Errors: errors, Upper: w[1], Error: ratio(errors, answered), Interval: w}
}

// AbstainBelow counts the rows whose confidence reaches a threshold.
func AbstainBelow(probs []float64, labels []int, k int, threshold float64) Coverage {
	r, answered, errors := rankRows(probs, labels, k), 0, 0
	for _, i := range r.order {
		if r.confidence[i] < threshold {
			break
		}
		answered++
		if r.wrong[i] {
			errors++
		}
	}
	return coverage(threshold, answered, len(labels), errors)
}

// TargetError is the largest coverage at which the upper end of the Wilson 95 %
// interval of the error does not exceed e. Rows of equal confidence are answered
// together. With none answered the threshold is +Inf.
func TargetError(probs []float64, labels []int, k int, e float64) Coverage {
	r, errors := rankRows(probs, labels, k), 0
	best := coverage(math.Inf(1), 0, len(labels), 0)
	for at, i := range r.order {
		if r.wrong[i] {
			errors++
		}
		last := at+1 == len(r.order) || r.confidence[r.order[at+1]] < r.confidence[i]
		if last && Wilson(errors, at+1)[1] <= e {
			best = coverage(r.confidence[i], at+1, len(labels), errors)
		}
	}
	return best
}

// RiskAt is the largest coverage at which the observed error does not exceed risk: a
// point of the risk-coverage curve.
func RiskAt(probs []float64, labels []int, k int, risk float64) Coverage {
	r, errors := rankRows(probs, labels, k), 0
	best := coverage(math.Inf(1), 0, len(labels), 0)
	for at, i := range r.order {
		if r.wrong[i] {
			errors++
		}
		last := at+1 == len(r.order) || r.confidence[r.order[at+1]] < r.confidence[i]
		if last && ratio(errors, at+1) <= risk {
			best = coverage(r.confidence[i], at+1, len(labels), errors)
		}
	}
	return best
}
