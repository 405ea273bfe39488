package optim

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Targets folds labels, weights and smoothing into one matrix q, so that the
// back ends need a single loss:
//
//	L = Σᵢ sᵢ [ (1-ε) w_y ℓ_y + (ε/K) Σ_c w_c ℓ_c ] / Σᵢ sᵢ w_y     ℓ_c = -ln softmax(x)_c
//	  = -Σᵢ_c q_ic ln p_ic / divisor
//	q_ic = sᵢ [ (1-ε) w_c·1(c=y) + (ε/K) w_c ],   divisor = Σᵢ sᵢ w_y
//
//	labels [N]     sample s [N], nil: 1     class w [K], nil: 1     q [N K] row-major
//
// A row of weight 0 (padding) may hold any label. divisor 0: no row counts.
// The divisor stays apart because accumulated micro-batches divide once, by its
// sum. Source: torch.nn.CrossEntropyLoss, reduction mean. Error: fault.ErrInternal.
func Targets(labels []int, sample, class []float32, smoothing float64, k int) (q []float32, divisor float64, err error) {
	if k < 1 || sample != nil && len(sample) != len(labels) || class != nil && len(class) != k ||
		!(smoothing >= 0 && smoothing <= 1) {
		return nil, 0, fmt.Errorf("%w: targets: %d labels, %d sample weights, %d class weights, %d classes, smoothing %g",
			fault.ErrInternal, len(labels), len(sample), len(class), k, smoothing)
	}
	q = make([]float32, len(labels)*k)
	for i, y := range labels {
		s := at(sample, i)
		if s == 0 {
			continue
		}
		if y < 0 || y >= k {
			return nil, 0, fmt.Errorf("%w: targets: label %d of row %d, want 0 to %d", fault.ErrInternal, y, i, k-1)
		}
		fillRow(q[i*k:(i+1)*k], y, s, class, smoothing)
		divisor += s * at(class, y)
	}
	return q, divisor, nil
}

func fillRow(row []float32, y int, s float64, class []float32, smoothing float64) {
	for c := range row {
		v := smoothing / float64(len(row))
		if c == y {
			v += 1 - smoothing
		}
		row[c] = float32(s * v * at(class, c))
	}
}

// at is w[i], or 1 without weights.
func at(w []float32, i int) float64 {
	if w == nil {
		return 1
	}
	return float64(w[i])
}
