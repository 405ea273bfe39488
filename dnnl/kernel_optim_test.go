package dnnl

import (
	"fmt"
	"math"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/stretchr/testify/require"
)

// lengths cover the empty vector, less than a register, and several threads.
var lengths = []int{0, 1, 31, 33, 1<<17 + 1}

// Expected numbers: three steps of the formulas of graph.SGD in float64. The first
// step starts from a zero momentum, so v = g as PyTorch's first step has it.
func TestSGD(t *testing.T) {
	for _, o := range []graph.SGD{{}, {Decay: 0.01}, {Nesterov: true, Decay: 0.1}} {
		for _, n := range lengths {
			t.Run(fmt.Sprintf("nesterov %v decay %v n %d", o.Nesterov, o.Decay, n), func(t *testing.T) { testSGD(newBench(t), o, n) })
		}
	}
}

func testSGD(b *bench, o graph.SGD, n int) {
	w, g, v := b.normals("w", n), b.normals("g", n), b.zeros(n)
	hyper, clip := b.floats(0.1, 0.9), b.floats(0.5)
	w64, v64 := wide(w), make([]float64, n)
	p := param{w: w, g: g, m: v, wOut: w, mOut: v}
	require.NoError(b, b.prog.sgd("sgd", o, hyper, clip, p))
	for range 3 {
		b.run()
		for i := range w64 {
			d := 0.5*float64(g[i]) + float64(o.Decay)*w64[i]
			v64[i] = 0.9*v64[i] + d
			u := v64[i]
			if o.Nesterov {
				u = d + 0.9*v64[i]
			}
			w64[i] -= 0.1 * u
		}
	}
	near(b, w64, w, 1e-6, "w")
	near(b, v64, v, 1e-6, "v")
}

// Expected numbers: three steps of the formulas of graph.Adam in float64.
func TestAdam(t *testing.T) {
	for _, o := range []graph.Adam{{Eps: 1e-8}, {Decoupled: true, Decay: 0.01, Eps: 1e-8}, {Decay: 0.1, Eps: 1e-3}} {
		for _, n := range lengths {
			t.Run(fmt.Sprintf("%s decay %v n %d", o.Kind(), o.Decay, n), func(t *testing.T) { testAdam(newBench(t), o, n) })
		}
	}
}

func testAdam(b *bench, o graph.Adam, n int) {
	w, g, m, v := b.normals("w", n), b.normals("g", n), b.zeros(n), b.zeros(n)
	hyper, clip := b.zeros(5), b.floats(0.5)
	w64, m64, v64 := wide(w), make([]float64, n), make([]float64, n)
	require.NoError(b, b.prog.adam("adam", o, hyper, clip, param{w: w, g: g, m: m, v: v, wOut: w, mOut: m, vOut: v}))
	const lr, b1, b2 = 0.01, 0.9, 0.999
	for t := 1.0; t <= 3; t++ {
		c1, c2 := 1/(1-math.Pow(b1, t)), 1/math.Sqrt(1-math.Pow(b2, t))
		copy(hyper, []float32{lr, b1, b2, float32(c1), float32(c2)})
		b.run()
		for i := range w64 {
			d := 0.5 * float64(g[i])
			if o.Decoupled {
				w64[i] -= lr * float64(o.Decay) * w64[i]
			} else {
				d += float64(o.Decay) * w64[i]
			}
			m64[i] = b1*m64[i] + (1-b1)*d
			v64[i] = b2*v64[i] + (1-b2)*d*d
			w64[i] -= lr * c1 * m64[i] / (math.Sqrt(v64[i])*c2 + float64(o.Eps))
		}
	}
	near(b, w64, w, 2e-6, "w")
	near(b, m64, m, 1e-6, "m")
	near(b, v64, v, 1e-6, "v")
}

func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// Results written beside the inputs leave these as they were.
func TestSGDOutOfPlace(t *testing.T) {
	b := newBench(t)
	w, g, v := b.floats(1, 2, 3), b.floats(1, 1, 1), b.floats(0, 0, 10)
	p := param{w: w, g: g, m: v, wOut: b.zeros(3), mOut: b.zeros(3)}
	require.NoError(b, b.prog.sgd("sgd", graph.SGD{}, b.floats(0.5, 0.5), b.floats(1), p))
	b.run()
	require.Equal(b, []float32{1, 2, 3}, w)
	require.Equal(b, []float32{1, 1, 6}, p.mOut)     // 0.5·v + g
	require.Equal(b, []float32{0.5, 1.5, 0}, p.wOut) // w − 0.5·v
}

// The norm of two vectors, one longer than a block; expected number: float64 loop.
func TestGlobalNorm(t *testing.T) {
	b := newBench(t)
	x, y := b.normals("x", 3*sumBlock+17), b.normals("y", 5)
	k := partials(len(x))
	part := view[float64](b.bytes(8 * int64(k+partials(len(y)))))
	out, factor := b.zeros(1), b.zeros(1)
	require.NoError(b, b.prog.squares("x", part[:k], x))
	require.NoError(b, b.prog.squares("y", part[k:], y))
	require.NoError(b, b.prog.norm("norm", out, part))
	require.NoError(b, b.prog.clipFactor("clip", graph.ClipFactor{Max: 1}, factor, out))
	b.run()
	s := 0.0
	for _, v := range append(append([]float32{}, x...), y...) {
		s += float64(v) * float64(v)
	}
	near(b, []float64{math.Sqrt(s)}, out, 1e-7, "norm")
	near(b, []float64{1 / (math.Sqrt(s) + 1e-6)}, factor, 1e-6, "factor")
	out[0] = 0
	again := &steps{}
	defer again.close()
	require.NoError(b, again.clipFactor("clip", graph.ClipFactor{Max: 1}, factor, out))
	require.NoError(b, again.run(b.e))
	require.Equal(b, float32(1), factor[0], "a small gradient is not enlarged")
}

// A kernel refuses vectors that do not fit before anything runs.
func TestKernelLengths(t *testing.T) {
	b := newBench(t)
	x, y := b.zeros(4), b.zeros(3)
	require.ErrorContains(b, b.prog.sgd("sgd", graph.SGD{}, b.zeros(2), b.zeros(1), param{w: x, g: y, m: x, wOut: x, mOut: x}), "3 elements, want 4")
	require.Error(b, b.prog.sgd("sgd", graph.SGD{}, b.zeros(1), b.zeros(1), param{w: x, g: x, m: x, wOut: x, mOut: x}))
	require.Error(b, b.prog.axpby("axpby", 1, x, 1, y))
	require.Error(b, b.prog.copy("copy", bytesOf(x), bytesOf(y)))
	require.Error(b, b.prog.squares("squares", nil, x))
	require.Error(b, b.prog.crossEntropy("loss", x[:1], x, y, x[:1], make([]float64, 1)))
	require.Empty(b, b.prog.list)
}
