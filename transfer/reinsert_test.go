package transfer

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// TestWithNorms: every convolution has a norm behind it and no bias, names of values
// stay, and norms that were there stay alone.
func TestWithNorms(t *testing.T) {
	g := graph.New()
	x := g.AddInput("x", graph.Type{DType: graph.Float32, Shape: graph.Shape{2, 3, 8, 8}}, true)
	w := func(name string, shape ...int) *graph.Value {
		return g.AddConst(name, graph.NewTensor(graph.Float32, shape...))
	}
	conv := graph.Conv{Window: graph.Window2D(3, 1, 1), Groups: 1}
	a, err := g.Add1("a", conv, x, w("a.w", 4, 3, 3, 3), w("a.b", 4))
	require.NoError(t, err)
	r, err := g.Add1("r", graph.Act{Fn: graph.Relu}, a)
	require.NoError(t, err)
	b, err := g.Add1("b", conv, r, w("b.w", 4, 4, 3, 3))
	require.NoError(t, err)
	n, err := g.Add1("n", graph.BatchNorm{Eps: 1e-3, Keep: .9}, b, w("n.s", 4), w("n.b", 4), w("n.m", 4), w("n.v", 4))
	require.NoError(t, err)
	g.Outputs = []*graph.Value{n}
	h, err := withNorms(g)
	require.NoError(t, err)
	norms := 0
	for _, n := range h.Nodes {
		switch n.Op.(type) {
		case graph.BatchNorm:
			norms++
		case graph.Conv:
			require.Len(t, n.In, 2)
		}
	}
	require.Equal(t, 2, norms)
	require.IsType(t, graph.BatchNorm{}, h.Value(a.Name).From.Op)
	require.IsType(t, graph.Conv{}, h.Value(b.Name).From.Op)
	require.True(t, hasNorm(h))
	names := map[string]bool{}
	for _, p := range parameters(h) {
		names[p.name] = true
	}
	require.True(t, names[a.Name+normScope+".scale"])
}
