package optim

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

var fourLogits = [][]float64{{1, 2, .5}, {0, -1, 1}, {.3, .2, .1}, {2, 2, 2}}
var fourLabels = []int{1, 2, 0, 1}

func logSoftmax(x []float64) []float64 {
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(v)
	}
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v - math.Log(sum)
	}
	return out
}

// lossOf is the loss a back end computes from q.
func lossOf(q []float32, divisor float64) float64 {
	sum := 0.0
	for i, x := range fourLogits {
		for c, l := range logSoftmax(x) {
			sum -= float64(q[i*3+c]) * l
		}
	}
	return sum / divisor
}

// optax: mean of softmax_cross_entropy with smooth_labels(.1) = .7914658046957532.
func TestTargetsSmoothing(t *testing.T) {
	q, d, err := Targets(fourLabels, nil, nil, .1, 3)
	require.NoError(t, err)
	require.Equal(t, 4.0, d)
	require.InDelta(t, .7914658046957532, lossOf(q, d), 1e-7)
}

// PyTorch computes two terms apart: nll = Σ w_y ℓ_y and smooth = Σ_i Σ_c w_c ℓ_c,
// and joins them as ((1-ε) nll + (ε/K) smooth) / Σ w_y (cross_entropy_loss_label_smoothing).
// The weight of a picture multiplies its row in all three.
func TestTargetsWeighted(t *testing.T) {
	w, s, eps := []float32{1, 2, .5}, []float32{1, 1, 3, 0}, .2
	nll, smooth, den := 0.0, 0.0, 0.0
	for i, x := range fourLogits {
		l, si := logSoftmax(x), float64(s[i])
		nll -= si * float64(w[fourLabels[i]]) * l[fourLabels[i]]
		den += si * float64(w[fourLabels[i]])
		for c := range l {
			smooth -= si * float64(w[c]) * l[c]
		}
	}
	labels := []int{1, 2, 0, -1} // a padded row may hold anything
	q, d, err := Targets(labels, s, w, eps, 3)
	require.NoError(t, err)
	require.Equal(t, 2+.5+3.0, d)
	require.Equal(t, den, d)
	require.InDelta(t, ((1-eps)*nll+eps/3*smooth)/den, lossOf(q, d), 1e-7)
	require.Equal(t, []float32{0, 0, 0}, q[9:])
}

// By hand: label 1 of 2, weight 3, smoothing ½: q = (¼·1, ¾·3).
func TestTargetsByHand(t *testing.T) {
	q, d, err := Targets([]int{1}, nil, []float32{1, 3}, .5, 2)
	require.NoError(t, err)
	require.Equal(t, []float32{.25, 2.25}, q)
	require.Equal(t, 3.0, d)
}

func TestTargetsRefuse(t *testing.T) {
	for _, f := range []func() ([]float32, float64, error){
		func() ([]float32, float64, error) { return Targets([]int{3}, nil, nil, 0, 3) },
		func() ([]float32, float64, error) { return Targets([]int{-1}, []float32{1}, nil, 0, 3) },
		func() ([]float32, float64, error) { return Targets([]int{0}, []float32{}, nil, 0, 3) },
		func() ([]float32, float64, error) { return Targets([]int{0}, nil, []float32{1}, 0, 3) },
		func() ([]float32, float64, error) { return Targets([]int{0}, nil, nil, 1.5, 3) },
		func() ([]float32, float64, error) { return Targets(nil, nil, nil, 0, 0) },
	} {
		_, _, err := f()
		require.ErrorIs(t, err, fault.ErrInternal)
	}
}

// scikit-learn's "balanced": n/(K·n_c).
func TestAutoClassWeights(t *testing.T) {
	require.Nil(t, AutoClassWeights([]int{100, 150}), "ratio 1.5 is not over 1.5")
	require.Equal(t, []float32{251. / 200, 251. / 302}, AutoClassWeights([]int{100, 151}))
	require.Equal(t, []float32{2, 0, 2. / 3}, AutoClassWeights([]int{10, 0, 30}))
	require.Nil(t, AutoClassWeights(nil))
	require.Nil(t, AutoClassWeights([]int{0, 7}))
}
