package metrics

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// The check values of SCHEMES §5, and the sum worked in whole numbers.
func TestMcNemar(t *testing.T) {
	require.InDelta(t, .26685, McNemar(9, 4), 5e-6)
	require.InDelta(t, .00075, McNemar(29, 8), 5e-6)
	require.InDelta(t, 1, McNemar(0, 0), 0)
	require.InDelta(t, 1, McNemar(5, 5), 0)
	for b := range 12 {
		for c := range 40 {
			sum := new(big.Int)
			for i := range min(b, c) + 1 {
				sum.Add(sum, new(big.Int).Binomial(int64(b+c), int64(i)))
			}
			p, _ := new(big.Rat).SetFrac(sum.Lsh(sum, 1), new(big.Int).Lsh(big.NewInt(1), uint(b+c))).Float64()
			require.InDelta(t, min(1, p), McNemar(b, c), 1e-12, "%d %d", b, c)
		}
	}
}

// Worked by hand: sorted .01 .02 .03 .04 become .04 .06 .06 .06.
func TestHolm(t *testing.T) {
	require.InDeltaSlice(t, []float64{.06, .04, .06, .06}, Holm([]float64{.03, .01, .04, .02}), 1e-15)
	require.InDeltaSlice(t, []float64{1, 1, .003}, Holm([]float64{.6, .9, .001}), 1e-15)
	require.Empty(t, Holm(nil))
}

func TestDiscordant(t *testing.T) {
	b, c := Discordant([]int{0, 1, 1, 0}, []int{0, 0, 1, 1}, []int{0, 1, 0, 1})
	require.Equal(t, []int{1, 1}, []int{b, c})
}

// With every value alone the interval is near the normal one; with groups of equal
// values it is that of the groups, wider by √size.
func TestBootstrap(t *testing.T) {
	const n = 400
	x, alone, ten := make([]float64, n), make([]int, n), make([]int, n)
	for i := range x {
		x[i], alone[i], ten[i] = float64(i/10%4/3), i, i/10 // one value a group of ten
	}
	mean := .25
	half := 1.96 * math.Sqrt(mean*(1-mean)/n)
	a := Bootstrap(x, alone, 4000, 1)
	require.InDelta(t, mean-half, a[0], .006)
	require.InDelta(t, mean+half, a[1], .006)
	g := Bootstrap(x, ten, 4000, 1)
	require.InDelta(t, mean-half*math.Sqrt(10), g[0], .02)
	require.InDelta(t, mean+half*math.Sqrt(10), g[1], .02)
	require.Equal(t, a, Bootstrap(x, alone, 4000, 1))
	require.NotEqual(t, a, Bootstrap(x, alone, 4000, 2))
	require.True(t, math.IsNaN(Bootstrap(nil, nil, 10, 1)[0]))
}

// Worked by hand.
func TestQuantile(t *testing.T) {
	require.InDelta(t, 1.5, Quantile([]float64{1, 2}, .5), 0)
	require.InDelta(t, 3, Quantile([]float64{1, 2, 3}, 1), 0)
	require.InDelta(t, 7, Quantile([]float64{7}, .3), 0)
}
