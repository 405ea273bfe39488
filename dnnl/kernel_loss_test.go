package dnnl

import (
	"fmt"
	"math"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
	"github.com/stretchr/testify/require"
)

// Expected numbers: the formulas of graph.SoftmaxCrossEntropy in float64, with a
// smoothed, weighted target and a padded row.
func TestCrossEntropy(t *testing.T) {
	for _, s := range [][2]int{{1, 1}, {4, 2}, {7, 10}, {33, 1000}} {
		n, k := s[0], s[1]
		t.Run(fmt.Sprintf("%dx%d", n, k), func(t *testing.T) {
			b := newBench(t)
			x, q, inv, dl := b.normals("x", n*k), b.zeros(n*k), b.floats(1/float32(n)), b.floats(2)
			for i := range x {
				x[i] *= 30
			}
			for i := range n - n/4 { // the last quarter is padding
				for c := range k {
					q[i*k+c] = 0.1 / float32(k)
				}
				q[i*k+i%k] += 0.9 * float32(i+1)
			}
			loss, dx := b.zeros(1), b.normals("garbage", n*k)
			require.NoError(b, b.prog.crossEntropy("loss", loss, x, q, inv, view[float64](b.bytes(8*int64(n)))))
			require.NoError(b, b.prog.crossEntropyGrad("dlogits", dx, x, q, inv, dl, n))
			b.run()
			want, dwant := naiveLoss(x, q, 1/float64(n), 2, n, k)
			near(b, []float64{want}, loss, 1e-6, "loss")
			near(b, dwant, dx, 1e-6, "dlogits")
		})
	}
}

func naiveLoss(x, q []float32, inv, dl float64, n, k int) (loss float64, dx []float64) {
	dx = make([]float64, n*k)
	for i := range n {
		top, sum, weight := math.Inf(-1), 0.0, 0.0
		for _, v := range x[i*k : i*k+k] {
			top = math.Max(top, float64(v))
		}
		for c := range k {
			sum += math.Exp(float64(x[i*k+c]) - top)
			weight += float64(q[i*k+c])
		}
		for c := range k {
			lp := float64(x[i*k+c]) - top - math.Log(sum)
			loss -= inv * float64(q[i*k+c]) * lp
			dx[i*k+c] = dl * inv * (math.Exp(lp)*weight - float64(q[i*k+c]))
		}
	}
	return loss, dx
}

// A padded row counts nothing even if its logits overflowed; a NaN in a row that
// counts reaches the loss.
func TestCrossEntropyBadRows(t *testing.T) {
	b := newBench(t)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	x, q, one := b.floats(0, 0, inf, nan), b.floats(1, 0, 0, 0), b.floats(1)
	loss, dx := b.zeros(1), b.zeros(4)
	require.NoError(b, b.prog.crossEntropy("loss", loss, x, q, one, view[float64](b.bytes(16))))
	require.NoError(b, b.prog.crossEntropyGrad("grad", dx, x, q, one, one, 2))
	b.run()
	near(b, []float64{math.Ln2}, loss, 1e-7, "loss")
	near(b, []float64{-0.5, 0.5, 0, 0}, dx, 1e-7, "gradient")
	x[1] = nan
	b.run()
	require.True(b, math.IsNaN(float64(loss[0])))
	require.True(b, math.IsNaN(float64(dx[0])))
}

// Expected numbers: package philox draws the same words.
func TestDropout(t *testing.T) {
	for _, n := range []int{1, 5} {
		for _, k := range []int{1, 7, 4096} {
			t.Run(fmt.Sprintf("%dx%d", n, k), func(t *testing.T) {
				b := newBench(t)
				const seed, epoch = 1<<40 + 7, 3
				o := graph.DropoutTrain{P: 0.3, Tag: philox.Hash("drop")}
				x, y := b.normals("x", n*k), b.zeros(n*k)
				rng := view[int64](b.bytes(8 * int64(2+n)))
				rng[0], rng[1] = seed, epoch
				want := make([]float32, n*k)
				for i := range n {
					rng[2+i] = int64(100 - i)
					s := philox.New(seed, epoch, uint32(100-i), "drop")
					for j := range k {
						if s.Float(uint32(j)) >= 0.3 {
							want[i*k+j] = x[i*k+j] * (1 / (1 - float32(0.3)))
						}
					}
				}
				require.NoError(b, b.prog.dropout("drop", o, y, x, rng))
				b.run()
				require.Equal(b, want, y)
			})
		}
	}
}
