//go:build cuda

package kernels

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// targets are soft labels of weight 1, but for the last row, which is padding.
func targets(n, k int) []float32 {
	q := random(5, n*k)
	for i := range n {
		row, sum := q[i*k:(i+1)*k], float32(0)
		for c := range row {
			row[c] = float32(math.Abs(float64(row[c])))
			sum += row[c]
		}
		for c := range row {
			row[c] /= sum
			if i == n-1 {
				row[c] = 0
			}
		}
	}
	return q
}

func TestSoftmaxCE(t *testing.T) {
	for _, shape := range [][2]int{{1, 1}, {2, 3}, {33, 10}, {4, 255}, {3, 1000}, {300, 2}} {
		n, k := shape[0], shape[1]
		z, q, scale, dy := random(4, n*k), targets(n, k), []float32{1 / float32(n)}, []float32{0.5}
		for i := range z {
			z[i] *= 20 // exp of the raw logits would overflow now and then
		}
		z[0] = 200
		r := open(t)
		bz, bq, bs, bdy := r.up(z), r.up(q), r.up(scale), r.up(dy)
		y, row, dz := r.up([]float32{0}), r.up(make([]float32, n)), r.up(make([]float32, n*k))
		require.NoError(t, r.k.SoftmaxCE(r.s, y, row, bz, bq, bs, n, k))
		require.NoError(t, r.k.SoftmaxCEGrad(r.s, dz, bz, bq, bs, bdy, n, k))
		tz, tq := graph.FromF32(z, n, k), graph.FromF32(q, n, k)
		near(t, eval(t, graph.SoftmaxCrossEntropy{}, tz, tq, vec(scale))[0], r.down(y), 1e-5)
		near(t, eval(t, graph.SoftmaxCrossEntropyGrad{}, tz, tq, vec(scale), vec(dy))[0], r.down(dz), 1e-5)
		first := r.down(y)
		require.NoError(t, r.k.SoftmaxCE(r.s, y, row, bz, bq, bs, n, k))
		require.Equal(t, first, r.down(y), "equal inputs, equal bits")
		require.ErrorIs(t, r.k.SoftmaxCE(r.s, y, row, bz, bq, bs, n+1, k), ErrLength)
		r.done(bz, bq, bs, bdy, y, row, dz)
	}
}
