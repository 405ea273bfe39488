package metrics

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Result holds every figure of one evaluation. Shares are in 0…1.
type Result struct {
	N, K     int
	Accuracy float64
	CI95     [2]float64 // Wilson 95 % interval of Accuracy
	Top5     float64    // true class among the min(5, K) most probable
	Balanced float64    // mean recall over the classes that occur
	Majority float64    // accuracy of always answering the most frequent class
	MacroF1  float64    // mean F1 over the classes that occur or are predicted
	AUC      float64    // see [AUC]
	LogLoss  float64    // mean -ln p of the true class, natural units; see [LogLoss]

	Confusion [][]int // [true][predicted] pictures
	Classes   []Class // by class index
	Predicted []int   // [N], the most probable class, the lower one if equal
}

// Evaluate computes all figures. Errors: fault.ErrInternal for lengths or labels
// that do not fit; fault.ErrDiverged for a probability that is not a number.
func Evaluate(probs []float32, labels []int, k int) (*Result, error) {
	if err := check(probs, labels, k); err != nil {
		return nil, err
	}
	pred := Argmax(probs, k)
	r := fromConfusion(Confusion(pred, labels, k))
	r.Predicted = pred
	r.Top5 = TopN(probs, labels, k, 5)
	r.AUC = AUC(probs, labels, k)
	r.LogLoss = LogLoss(probs, labels, k)
	return r, nil
}

// FromPredictions computes what labels alone give; Top5, AUC and LogLoss are NaN.
func FromPredictions(pred, labels []int, k int) (*Result, error) {
	if len(pred) != len(labels) || k < 1 {
		return nil, fmt.Errorf("%w: %d predictions for %d labels of %d classes", fault.ErrInternal, len(pred), len(labels), k)
	}
	for _, s := range [][]int{pred, labels} {
		if err := checkLabels(s, k); err != nil {
			return nil, err
		}
	}
	r := fromConfusion(Confusion(pred, labels, k))
	r.Predicted = pred
	r.Top5, r.AUC, r.LogLoss = math.NaN(), math.NaN(), math.NaN()
	return r, nil
}

func check(probs []float32, labels []int, k int) error {
	if k < 1 || len(probs) != len(labels)*k {
		return fmt.Errorf("%w: %d probabilities for %d labels of %d classes", fault.ErrInternal, len(probs), len(labels), k)
	}
	if err := checkLabels(labels, k); err != nil {
		return err
	}
	for i, p := range probs {
		if p != p || math.IsInf(float64(p), 0) {
			return fmt.Errorf("%w: probability of class %d of picture %d is %v", fault.ErrDiverged, i%k, i/k, p)
		}
	}
	return nil
}

func checkLabels(labels []int, k int) error {
	for i, y := range labels {
		if y < 0 || y >= k {
			return fmt.Errorf("%w: label %d of picture %d, want 0 to %d", fault.ErrInternal, y, i, k-1)
		}
	}
	return nil
}

// Argmax returns the most probable class of each row, the lower index if equal.
func Argmax(probs []float32, k int) []int {
	out := make([]int, len(probs)/k)
	for i := range out {
		row := probs[i*k : (i+1)*k]
		for c, p := range row {
			if p > row[out[i]] {
				out[i] = c
			}
		}
	}
	return out
}

// TopN returns the share of rows whose true class ranks among the first
// min(n, k); of equal probabilities the lower class ranks first. NaN without rows.
func TopN(probs []float32, labels []int, k, n int) float64 {
	hits := 0
	for i, y := range labels {
		row, rank := probs[i*k:(i+1)*k], 0
		for c, p := range row {
			if p > row[y] || p == row[y] && c < y {
				rank++
			}
		}
		if rank < n {
			hits++
		}
	}
	return ratio(hits, len(labels))
}

// ratio is a/b, NaN if b is 0.
func ratio(a, b int) float64 {
	if b == 0 {
		return math.NaN()
	}
	return float64(a) / float64(b)
}
