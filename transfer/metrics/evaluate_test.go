package metrics

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Ten pictures of three classes with ties within rows (5) and between rows.
// Expected values: scikit-learn 1.9.1 on the same float32 rows; the confusion
// matrix also counted by hand.
var (
	tenProbs = []float32{
		.7, .2, .1, .1, .8, .1, .2, .2, .6, .5, .3, .2, .3, .4, .3,
		.4, .4, .2, .1, .1, .8, .6, .3, .1, .2, .3, .5, .3, .4, .3,
	}
	tenLabels = []int{0, 1, 2, 2, 1, 0, 2, 1, 0, 2}
)

func TestEvaluate(t *testing.T) {
	r, err := Evaluate(tenProbs, tenLabels, 3)
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 2, 0, 1, 0, 2, 0, 2, 1}, r.Predicted)
	require.Equal(t, [][]int{{2, 0, 1}, {1, 2, 0}, {1, 1, 2}}, r.Confusion)
	require.Equal(t, 10, r.N)
	require.InDelta(t, .6, r.Accuracy, 1e-15)
	require.InDelta(t, .611111111111111, r.Balanced, 1e-14)
	require.InDelta(t, .6031746031746031, r.MacroF1, 1e-15)
	require.InDelta(t, .4, r.Majority, 1e-15) // 4 of 10 are class 2
	require.InDelta(t, .7777777777777777, r.AUC, 1e-15)
	require.InDelta(t, .8773190379142761, r.LogLoss, 1e-6)
	require.Equal(t, 1.0, r.Top5) // min(5, 3)
	// By hand; scikit-learn ranks the higher of equal classes first and gets .8.
	require.InDelta(t, .7, TopN(tenProbs, tenLabels, 3, 2), 1e-15)

	want := []Class{
		{Support: 3, Predicted: 4, Correct: 2, Precision: .5, Recall: 2. / 3, F1: 4. / 7},
		{Support: 3, Predicted: 3, Correct: 2, Precision: 2. / 3, Recall: 2. / 3, F1: 2. / 3},
		{Support: 4, Predicted: 3, Correct: 2, Precision: 2. / 3, Recall: .5, F1: 4. / 7},
	}
	for i, c := range r.Classes {
		require.Equal(t, Wilson(c.Correct, c.Predicted), c.PrecisionCI95)
		require.Equal(t, Wilson(c.Correct, c.Support), c.RecallCI95)
		c.PrecisionCI95, c.RecallCI95 = [2]float64{}, [2]float64{}
		require.Equal(t, want[i], c)
	}
}

func TestLabelsAloneGiveTheSame(t *testing.T) {
	a, err := Evaluate(tenProbs, tenLabels, 3)
	require.NoError(t, err)
	b, err := FromPredictions(a.Predicted, tenLabels, 3)
	require.NoError(t, err)
	require.True(t, math.IsNaN(b.AUC) && math.IsNaN(b.LogLoss) && math.IsNaN(b.Top5))
	b.AUC, b.LogLoss, b.Top5 = a.AUC, a.LogLoss, a.Top5
	require.Equal(t, a, b)
}

// Classes 2 and 3 never occur; 2 is answered once. Worked by hand.
func TestMissingClasses(t *testing.T) {
	r, err := FromPredictions([]int{0, 1, 2}, []int{0, 1, 1}, 4)
	require.NoError(t, err)
	require.InDelta(t, .75, r.Balanced, 1e-15)         // mean of 1, ½
	require.InDelta(t, (1+2./3+0)/3, r.MacroF1, 1e-15) // class 2 counts 0, class 3 not
	require.True(t, math.IsNaN(r.Classes[2].Recall))
	require.Equal(t, 0.0, r.Classes[2].Precision)
	require.True(t, math.IsNaN(r.Classes[3].F1))
}

func TestTopFiveOfMany(t *testing.T) {
	probs := []float32{ // true class last: rank 5 (in), rank 6 (out), tie broken by index: rank 6 (out)
		.3, .2, .15, .11, 0, 0, .1, .2, .2, .15, .15, .12, .08, .1, .2, .2, .15, .15, .1, .1, .1,
	}
	require.InDelta(t, 1./3, TopN(probs, []int{6, 6, 6}, 7, 5), 1e-15)
}

func TestEmpty(t *testing.T) {
	r, err := Evaluate(nil, nil, 2)
	require.NoError(t, err)
	for _, x := range []float64{r.Accuracy, r.CI95[0], r.Balanced, r.Majority, r.AUC, r.LogLoss, r.Top5} {
		require.True(t, math.IsNaN(x))
	}
}

func TestBadInput(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		probs  []float32
		labels []int
		k      int
		want   error
	}{
		{[]float32{1}, []int{0}, 2, fault.ErrInternal},
		{[]float32{1, 0}, []int{2}, 2, fault.ErrInternal},
		{[]float32{1, 0}, []int{-1}, 2, fault.ErrInternal},
		{nil, nil, 0, fault.ErrInternal},
		{[]float32{1, nan}, []int{0}, 2, fault.ErrDiverged},
	} {
		_, err := Evaluate(c.probs, c.labels, c.k)
		require.ErrorIs(t, err, c.want)
	}
	_, err := FromPredictions([]int{0}, []int{0, 1}, 2)
	require.ErrorIs(t, err, fault.ErrInternal)
	_, err = FromPredictions([]int{5}, []int{0}, 2)
	require.ErrorIs(t, err, fault.ErrInternal)
}
