package transfer

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// A loss worked by hand: flat to point 20, falling by .05 a point to 1 at point 40, then
// rising. The rates are 10^(i/10).
func TestSuggest(t *testing.T) {
	var p []LRPoint
	rate := func(i int) float64 { return math.Pow(10, float64(i)/10) }
	for i := range 50 {
		loss := 2.
		switch {
		case i > 40:
			loss = 1 + .3*float64(i-40)
		case i > 20:
			loss = 2 - .05*float64(i-20)
		}
		p = append(p, LRPoint{rate(i), loss})
	}
	p[30].Loss -= .02 // the steepest step leads there
	r, err := suggest(p)
	require.NoError(t, err)
	require.InEpsilon(t, rate(29), r.Steep, 1e-9)
	require.InEpsilon(t, rate(40)/10, r.Minimum, 1e-9)
	// the longest fall has 21 points and ends at 40: 20 + int(20/3) + int(20/6) = 29
	require.InEpsilon(t, rate(29), r.Valley, 1e-9)
	require.Less(t, r.Slide, rate(41))
	_, err = suggest(p[:5])
	require.ErrorIs(t, err, fault.ErrDiverged)
}

// TestLRFind: the loss of a real sweep falls before it rises, and suggestions lie within
// the rates tried.
func TestLRFind(t *testing.T) {
	dir := t.TempDir()
	s := tinySettings(t, tinyData(t, filepath.Join(dir, "data")), tinyNet(t, dir), "")
	for _, scheme := range []string{"features", "auto", "scratch"} {
		s.Scheme = scheme
		r, err := LRFind(t.Context(), s, Origins{}, openTest(t), func(Event) {})
		require.NoError(t, err, scheme)
		require.Greater(t, len(r.Points), 20)
		require.InEpsilon(t, lrLowest, r.Points[0].LR, 1e-9)
		low := math.Inf(1)
		for _, p := range r.Points {
			low = min(low, p.Loss)
		}
		require.Less(t, low, r.Points[0].Loss, scheme)
		for _, lr := range []float64{r.Steep, r.Minimum, r.Valley, r.Slide} {
			require.GreaterOrEqual(t, lr, lrLowest/10)
			require.LessOrEqual(t, lr, lrHighest)
		}
	}
	s.Scheme = "direct"
	_, err := LRFind(t.Context(), s, Origins{}, openTest(t), func(Event) {})
	require.ErrorIs(t, err, fault.ErrUsage)
}
