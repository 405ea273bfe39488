package metrics

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

// The 235/244 row is the design's check (93.1-98.0 %); the digits are SciPy's
// binomtest(k, n).proportion_ci(.95, "wilson").
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		k, n   int
		lo, hi float64
	}{
		{235, 244, .9313979552211248, .9804753087411578},
		{0, 10, 0, .27753279986288926},
		{10, 10, .7224672001371109, 1},
		{1, 3, .06149194472039626, .7923403991979523},
	} {
		got := Wilson(c.k, c.n)
		require.InDelta(t, c.lo, got[0], 1e-13)
		require.InDelta(t, c.hi, got[1], 1e-13)
	}
}

// Scores .1 .5 .5 .5 | .3 .5 .9 ...: 4 positives, 4 negatives, 16 pairs of which
// 10 are won and 3 tied: 11.5/16. scikit-learn says .71875 too.
func TestAUCTies(t *testing.T) {
	y := []int{0, 0, 1, 1, 1, 0, 1, 0}
	s := []float32{.1, .5, .5, .5, .9, .5, .3, .3}
	require.InDelta(t, .71875, AUC(twoColumns(s), y, 2), 1e-15)
}

// AUC is the share of (positive, negative) pairs in the right order.
func TestAUCAgainstPairs(t *testing.T) {
	s := philox.New(3, 0, 0, "auc")
	const n = 200
	y, p := make([]int, n), make([]float32, n)
	for i := range n {
		y[i] = int(s.Block(uint32(i))[0] & 1)
		p[i] = float32(int(philox.Unit(s.Block(uint32(i))[1])*20)+5*y[i]) / 30 // coarse: many ties
	}
	won, pairs := 0.0, 0.0
	for i := range n {
		for j := range n {
			if y[i] == 1 && y[j] == 0 {
				pairs++
				switch {
				case p[i] > p[j]:
					won++
				case p[i] == p[j]:
					won += .5
				}
			}
		}
	}
	require.InDelta(t, won/pairs, AUC(twoColumns(p), y, 2), 1e-12)
	require.InDelta(t, .5, AUC(twoColumns(make([]float32, n)), y, 2), 1e-15)
}

func TestAUCOneClass(t *testing.T) {
	require.True(t, math.IsNaN(AUC(twoColumns([]float32{.1, .9}), []int{1, 1}, 2)))
}

func twoColumns(p []float32) []float32 {
	out := make([]float32, 0, 2*len(p))
	for _, x := range p {
		out = append(out, 1-x, x)
	}
	return out
}

// scikit-learn: log_loss([0, 1], float32 [[1 0] [1 0]]) = 7.971192359924316.
func TestLogLossIsClipped(t *testing.T) {
	require.InDelta(t, 7.971192359924316, LogLoss([]float32{1, 0, 1, 0}, []int{0, 1}, 2), 1e-6)
}

func TestMetricNames(t *testing.T) {
	r := &Result{Balanced: .1, Accuracy: .2, AUC: .3, MacroF1: .4, LogLoss: .5}
	for name, want := range map[string]float64{"balanced_accuracy": .1, "accuracy": .2, "AUC": .3, "f1": .4, "loss": -.5} {
		m, err := ParseMetric(name)
		require.NoError(t, err)
		require.Equal(t, want, r.Score(m))
	}
	_, err := ParseMetric("recall")
	require.ErrorContains(t, err, "unknown metric")
}
