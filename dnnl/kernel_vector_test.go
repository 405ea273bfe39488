package dnnl

import (
	"fmt"
	"math"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/stretchr/testify/require"
)

// Every element-wise kernel against its formula in float64.
func TestVectorKernels(t *testing.T) {
	for _, n := range lengths {
		t.Run(fmt.Sprint("n ", n), func(t *testing.T) {
			b := newBench(t)
			x, y, z := b.normals("x", n), b.normals("y", n), b.zeros(n)
			ax, bl, em, sc := b.zeros(n), b.zeros(n), b.zeros(n), b.zeros(n)
			copy(ax, y)
			d, s := b.floats(0.875), b.floats(-3)
			b.prog.fill("fill", z, 2.5)
			require.NoError(b, b.prog.axpby("axpby", 2, x, 0.5, ax))
			require.NoError(b, b.prog.blend("blend", graph.Blend{Keep: 0.9, Scale: 1.25}, bl, x, y))
			require.NoError(b, b.prog.ema("ema", em, x, y, d))
			require.NoError(b, b.prog.scale("scale", sc, x, s))
			b.run()
			each := func(got []float32, what string, f func(x, y float64) float64) {
				want := make([]float64, n)
				for i := range want {
					want[i] = f(float64(x[i]), float64(y[i]))
				}
				near(b, want, got, 1e-6, what)
			}
			each(z, "fill", func(_, _ float64) float64 { return 2.5 })
			each(ax, "axpby", func(x, y float64) float64 { return 2*x + 0.5*y })
			each(bl, "blend", func(x, y float64) float64 { return 0.9*x + 0.1*1.25*y })
			each(em, "ema", func(x, y float64) float64 { return 0.875*x + 0.125*y })
			each(sc, "scale", func(x, _ float64) float64 { return -3 * x })
		})
	}
}

// Each derivative against the central difference of the function itself, away from
// its corners; at the corners the values that graph.ActFn documents.
func TestActGrad(t *testing.T) {
	relu := func(x float64) float64 { return math.Max(x, 0) }
	unit := func(x float64) float64 { return math.Min(math.Max(x, 0), 1) }
	cases := []struct {
		act graph.Act
		f   func(x float64) float64
	}{
		{graph.Act{Fn: graph.Relu}, relu},
		{graph.Act{Fn: graph.Clip, Alpha: -1, Beta: 6}, func(x float64) float64 { return math.Min(math.Max(x, -1), 6) }},
		{graph.Act{Fn: graph.LeakyRelu, Alpha: 0.1}, func(x float64) float64 { return relu(x) - 0.1*relu(-x) }},
		{graph.Act{Fn: graph.Sigmoid}, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
		{graph.Act{Fn: graph.Tanh}, math.Tanh},
		{graph.Act{Fn: graph.HardSigmoid, Alpha: 0.2, Beta: 0.5}, func(x float64) float64 { return unit(0.2*x + 0.5) }},
		{graph.Act{Fn: graph.HardSwish}, func(x float64) float64 { return x * unit(x/6+0.5) }},
	}
	for _, c := range cases {
		t.Run(c.act.Kind(), func(t *testing.T) {
			b := newBench(t)
			const n = 40001
			v, dy, dx := b.zeros(n), b.normals("dy", n), b.zeros(n)
			want := make([]float64, n)
			for i := range v {
				x := -8 + 16*(float64(i)+0.37)/n
				want[i] = (c.f(x+1e-5) - c.f(x-1e-5)) / 2e-5 * float64(dy[i])
				if v[i] = float32(x); c.act.Fn.FromResult() {
					v[i] = float32(c.f(x))
				}
				if corner(x) {
					want[i], v[i], dy[i] = 0, 0, 0
				}
			}
			require.NoError(b, b.prog.actGrad(c.act.Kind(), c.act, dx, v, dy))
			b.run()
			near(b, want, dx, 1e-5, "dx")
		})
	}
}

// corner reports whether a function of the table bends near x.
func corner(x float64) bool {
	for _, c := range []float64{-3, -2.5, -1, 0, 2.5, 3, 6} {
		if math.Abs(x-c) < 1e-3 {
			return true
		}
	}
	return false
}

func TestActGradAtCorners(t *testing.T) {
	b := newBench(t)
	v, dy, relu, clip := b.floats(0, 1, 6, -0.5), b.floats(1, 1, 1, 1), b.zeros(4), b.zeros(4)
	require.NoError(b, b.prog.actGrad("relu", graph.Act{Fn: graph.Relu}, relu, v, dy))
	require.NoError(b, b.prog.actGrad("clip", graph.Act{Fn: graph.Clip, Beta: 6}, clip, v, dy))
	b.run()
	require.Equal(b, []float32{0, 1, 1, 0}, relu)
	require.Equal(b, []float32{0, 1, 0, 0}, clip, "the edges are outside")
}
