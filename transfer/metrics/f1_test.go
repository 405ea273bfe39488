package metrics

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// F1 of 90 right of 100 on each of two classes is .9; by the delta method its standard
// deviation is near that of an accuracy of 200, .021. All right gives [1, 1], a class
// that does not occur nothing.
func TestBootstrapF1(t *testing.T) {
	var pred, labels []int
	for i := range 200 {
		y := i % 2
		p := y
		if i%20 < 2 { // one of ten of each class
			p = 1 - y
		}
		pred, labels = append(pred, p), append(labels, y)
	}
	r, err := FromPredictions(pred, labels, 3)
	require.NoError(t, err)
	r.BootstrapF1(labels, 1)
	for _, c := range r.Classes[:2] {
		require.InDelta(t, .9, c.F1, 1e-12)
		require.InDelta(t, .9-1.96*.0215, c.F1CI95[0], .012)
		require.InDelta(t, .9+1.96*.0215, c.F1CI95[1], .012)
	}
	require.Nil(t, r.Classes[2].F1CI95)
	before := *r.Classes[0].F1CI95
	r.BootstrapF1(labels, 1)
	require.Equal(t, before, *r.Classes[0].F1CI95)
	all, err := FromPredictions(labels, labels, 2)
	require.NoError(t, err)
	all.BootstrapF1(labels, 1)
	require.Equal(t, [2]float64{1, 1}, *all.Classes[0].F1CI95)
}
