package graph_test

import (
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/conformance"
	"github.com/stretchr/testify/require"
)

// smallNet is conv, relu, pool, reshape and a linear layer for batches of n.
func smallNet(t *testing.T, n int) *graph.Graph {
	g := graph.New()
	x := input(g, "x", n, 3, 6, 6)
	w, b := g.AddConst("w", conformance.Normal("w", 5, 3, 3, 3)), g.AddConst("b", conformance.Normal("b", 5))
	y := add(t, g, "act", relu, add(t, g, "conv", conv(3, 2, 1), x, w, b))
	y = add(t, g, "flat", graph.Reshape{Shape: []int{0, -1}}, add(t, g, "pool", graph.GlobalAveragePool{}, y))
	g.Outputs = []*graph.Value{add(t, g, "fc", graph.Linear, y, g.AddConst("v", conformance.Normal("v", 2, 5)))}
	return g
}

// Rows do not see each other: a batch of 4 holds the results of its rows.
func TestRebatch(t *testing.T) {
	one := smallNet(t, 1)
	four, err := graph.Rebatch(one, 4)
	require.NoError(t, err)
	require.NoError(t, four.Validate())
	require.Equal(t, shape(4, 2), four.Outputs[0].Shape)
	require.Equal(t, shape(1, 2), one.Outputs[0].Shape, "the argument stays")
	require.Equal(t, shape(1, 3, 6, 6), one.Inputs[0].Shape)
	require.Same(t, one.Value("w").Data, four.Value("w").Data, "constants are shared")
	x := conformance.Normal("x", 4, 3, 6, 6)
	all := run(t, &graph.Program{Graph: four}, conformance.Feed{"x": x})["fc"]
	for i := range 4 {
		row := f32(shape(1, 3, 6, 6), x.F32[i*108:(i+1)*108]...)
		y := run(t, &graph.Program{Graph: one}, conformance.Feed{"x": row})["fc"]
		require.Equal(t, all.F32[2*i:2*i+2], y.F32)
	}
}

func TestRebatchRefusesFixedShapes(t *testing.T) {
	g := graph.New()
	x := input(g, "x", 2, 3)
	g.Outputs = []*graph.Value{add(t, g, "fixed", graph.Reshape{Shape: []int{6}}, x)}
	_, err := graph.Rebatch(g, 3)
	require.ErrorContains(t, err, "batch 3")
	require.ErrorContains(t, err, "fixed")
}

// Inputs that are not batched keep their shape.
func TestRebatchKeepsOtherInputs(t *testing.T) {
	g := graph.New()
	k := g.AddInput("k", graph.Type{DType: graph.Float32, Shape: shape(1)}, false)
	g.Outputs = []*graph.Value{add(t, g, "y", graph.Binary{Fn: graph.Mul}, input(g, "x", 2, 3), k)}
	h, err := graph.Rebatch(g, 7)
	require.NoError(t, err)
	require.Equal(t, shape(1), h.Value("k").Shape)
	require.Equal(t, shape(7, 3), h.Outputs[0].Shape)
	require.True(t, h.Value("x").Batched && !h.Value("k").Batched)
}

func TestPrune(t *testing.T) {
	g := smallNet(t, 1)
	s := g.AddState("s", f32(shape(1), 1))
	g.Outputs = append(g.Outputs, add(t, g, "other", relu, s))
	unused := input(g, "unused", 1)
	h, err := graph.Prune(g, g.Value("act"))
	require.NoError(t, err)
	require.NoError(t, h.Validate())
	require.Equal(t, []string{"Conv", "Relu"}, kinds(h, 0))
	require.Nil(t, h.Value("v"), "a constant nobody reads")
	require.Empty(t, h.States)
	require.NotNil(t, h.Value(unused.Name), "inputs stay")
	require.Equal(t, "act", h.Outputs[0].Name)
	require.Len(t, g.Nodes, 6, "the argument stays")
}

// A node with several results stays whole if one of them is needed.
func TestPruneKeepsSiblings(t *testing.T) {
	g := graph.New()
	out, err := g.Add("split", graph.Split{Axis: 1, Sizes: []int{1, 2}}, input(g, "x", 2, 3))
	require.NoError(t, err)
	h, err := graph.Prune(g, out[1])
	require.NoError(t, err)
	require.Len(t, h.Nodes[0].Out, 2)
	require.Equal(t, shape(2, 2), h.Outputs[0].Shape)
}
