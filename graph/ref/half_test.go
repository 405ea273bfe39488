package ref_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/conformance"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// TestHalf rounds operands and results of convolutions, worked by hand: bfloat16 has 8
// significant bits, so 1+2^-8 is half way between 1 and 1+2^-7 and goes to the even 1,
// 1+3·2^-8 to the even 1+2^-6, and 1+2^-8+2^-20 up to 1+2^-7.
func TestHalf(t *testing.T) {
	g := graph.New()
	one := []int{1, 1}
	zero := []int{0, 0}
	by1 := graph.Conv{Window: graph.Window{Kernel: one, Stride: one, Dilation: one, PadBegin: zero, PadEnd: zero}, Groups: 1}
	x := g.AddInput("x", graph.Type{DType: graph.Float32, Shape: graph.Shape{1, 1, 1, 4}}, false)
	w := g.AddConst("w", graph.FromF32([]float32{1}, 1, 1, 1, 1))
	y, err := g.Add1("conv", by1, x, w)
	require.NoError(t, err)
	z, err := g.Add1("twice", graph.Binary{Fn: graph.Add}, y, y)
	require.NoError(t, err)
	last, err := g.Add1("last", by1, z, g.AddConst("k", graph.FromF32([]float32{1.25}, 1, 1, 1, 1)))
	require.NoError(t, err)
	g.Outputs = []*graph.Value{last}
	const u = 1. / 256
	p := &graph.Program{Graph: g}
	feed := conformance.Feed{"x": graph.FromF32([]float32{1 + u, 1 + 3*u, 1 + u + 1./(1<<20), -3}, 1, 1, 1, 4)}
	got, err := conformance.Execute(ref.New(), p, graph.CompileOptions{Precision: graph.BFloat16}, feed)
	require.NoError(t, err)
	// The result of the program is float32: 2.5·(1+2u) keeps all its bits.
	require.Equal(t, []float32{2.5, 2.5 * (1 + 4*u), 2.5 * (1 + 2*u), -7.5}, got["last"].F32)
	got, err = conformance.Execute(ref.New(), p, graph.CompileOptions{}, feed)
	require.NoError(t, err)
	require.Equal(t, float32(2.5*(1+u)), got["last"].F32[0], "f32 rounds nothing here")
}
