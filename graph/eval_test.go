package graph_test

import (
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/stretchr/testify/require"
)

// (2+3)·x keeps one node; the constant is 5 under the name of the sum.
func TestFoldConstants(t *testing.T) {
	g := graph.New()
	x := input(g, "x", 2)
	sum := add(t, g, "sum", plus, g.AddConst("two", graph.Scalar(2)), g.AddConst("three", graph.Scalar(3)))
	twice := add(t, g, "again", graph.Identity{}, sum)
	g.Outputs = []*graph.Value{add(t, g, "y", mul, x, twice), sum}
	h, err := graph.FoldConstants(g, ref.Evaluator{})
	require.NoError(t, err)
	require.NoError(t, h.Validate())
	require.Equal(t, []string{"Mul"}, kinds(h, 0))
	require.Equal(t, graph.Const, h.Outputs[1].Kind)
	require.Equal(t, "sum", h.Outputs[1].Name)
	folded, err := graph.Load(h.Value("again").Data)
	require.NoError(t, err)
	require.Equal(t, []float32{5}, folded.F32)
	require.Nil(t, h.Value("two"), "nobody reads it now")
	require.Len(t, g.Nodes, 3, "the argument stays")
}

func TestFoldConstantsReportsTheNode(t *testing.T) {
	g := graph.New()
	one, zero := g.AddConst("one", graph.FromI64([]int64{1}, 1)), g.AddConst("zero", graph.FromI64([]int64{0}, 1))
	g.Outputs = []*graph.Value{add(t, g, "ratio", graph.Binary{Fn: graph.Div}, one, zero)}
	_, err := graph.FoldConstants(g, ref.Evaluator{})
	require.ErrorIs(t, err, fault.ErrModel)
	require.ErrorContains(t, err, "ratio")
}

// lazy is a constant that must not be computed.
type lazy struct{ t *testing.T }

func (l lazy) Type() graph.Type { return graph.Type{DType: graph.Float32, Shape: shape(2)} }

func (l lazy) Fill([]float32, int) error {
	l.t.Error("a lazy constant was computed")
	return nil
}

// Not folded: state, lazy constants, results over the limit.
func TestFoldConstantsLeaves(t *testing.T) {
	g := graph.New()
	s, l := g.AddState("s", f32(shape(2), 1, 2)), g.AddConst("l", lazy{t})
	big := graph.Expand{Shape: shape(graph.FoldLimit/4 + 1)}
	g.Outputs = []*graph.Value{add(t, g, "a", relu, s), add(t, g, "b", relu, l), add(t, g, "c", big, g.AddConst("k", graph.Scalar(1)))}
	h, err := graph.FoldConstants(g, ref.Evaluator{})
	require.NoError(t, err)
	require.Equal(t, []string{"Relu", "Relu", "Expand"}, kinds(h, 0))
}
