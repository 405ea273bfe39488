//go:build cuda

package kernels

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// eval is the reference: float64 inside, results rounded once.
func eval(t *testing.T, op graph.Op, in ...*graph.Tensor) [][]float32 {
	res, err := ref.Evaluator{}.Eval(op, in)
	require.NoError(t, err)
	out := make([][]float32, len(res))
	for i, x := range res {
		out[i] = x.F32
	}
	return out
}

func vec(x []float32) *graph.Tensor { return graph.FromF32(append([]float32{}, x...), len(x)) }

// TestSGD: three steps against graph/ref.
func TestSGD(t *testing.T) {
	for _, o := range []graph.SGD{{}, {Decay: 0.01}, {Decay: 0.01, Nesterov: true}} {
		for _, n := range lengths {
			r := open(t)
			w, v, hyper, clip := random(1, n), random(2, n), []float32{0.1, 0.9}, []float32{0.7}
			bw, bv, bh, bc := r.up(w), r.up(v), r.up(hyper), r.up(clip)
			for step := range 3 {
				g := random(uint64(10+step), n)
				bg := r.up(g)
				require.NoError(t, r.k.SGD(r.s, o, bw, bv, bg, bh, bc, int64(n)))
				want := eval(t, o, vec(hyper), vec(clip), vec(w), vec(g), vec(v))
				w, v = want[0], want[1]
				require.NoError(t, bg.Close())
			}
			near(t, w, r.down(bw), 1e-6)
			near(t, v, r.down(bv), 1e-6)
			r.done(bw, bv, bh, bc)
		}
	}
}

// TestAdam: three steps against graph/ref, with bias corrections that change.
func TestAdam(t *testing.T) {
	for _, o := range []graph.Adam{{Decay: 0.01, Eps: 1e-8}, {Decay: 0.05, Eps: 1e-8, Decoupled: true}} {
		for _, n := range lengths {
			r := open(t)
			w, m, v, clip := random(1, n), make([]float32, n), make([]float32, n), []float32{0.7}
			bw, bm, bv, bc := r.up(w), r.up(m), r.up(v), r.up(clip)
			for step := 1; step <= 3; step++ {
				g := random(uint64(10+step), n)
				hyper := []float32{0.01, 0.9, 0.999, float32(1 / (1 - math.Pow(0.9, float64(step)))),
					float32(1 / math.Sqrt(1-math.Pow(0.999, float64(step))))}
				bg, bh := r.up(g), r.up(hyper)
				require.NoError(t, r.k.Adam(r.s, o, bw, bm, bv, bg, bh, bc, int64(n)))
				want := eval(t, o, vec(hyper), vec(clip), vec(w), vec(g), vec(m), vec(v))
				w, m, v = want[0], want[1], want[2]
				require.NoError(t, bg.Close())
				require.NoError(t, bh.Close())
			}
			near(t, w, r.down(bw), 2e-6)
			near(t, m, r.down(bm), 1e-6)
			near(t, v, r.down(bv), 1e-6)
			r.done(bw, bm, bv, bc)
		}
	}
}
