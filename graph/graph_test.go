package graph_test

import (
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/stretchr/testify/require"
)

func TestNamesAreMadeUnique(t *testing.T) {
	g := graph.New()
	x := input(g, "x", 1, 4)
	a := add(t, g, "x", relu, x)
	b := add(t, g, "", relu, a)
	c := add(t, g, "", relu, b)
	require.Equal(t, []string{"x", "x_1", "Relu", "Relu_1"}, []string{x.Name, a.Name, b.Name, c.Name})
	require.Equal(t, "x", g.Nodes[0].Name, "nodes have names of their own")
	out, err := g.AddNamed("split", []string{"left", "x"}, graph.Split{Axis: 1, Sizes: []int{1, 3}}, x)
	require.NoError(t, err)
	require.Equal(t, []string{"left", "x_2"}, []string{out[0].Name, out[1].Name})
	require.Equal(t, 1, out[1].Index())
	require.Same(t, out[1], g.Value("x_2"))
	require.Nil(t, g.Value("nobody"))
	require.Same(t, g.Nodes[3], g.Node("split"))
}

func TestAddRefuses(t *testing.T) {
	g := graph.New()
	x := input(g, "x", 2, 3)
	_, err := g.Add("bad", graph.Softmax{Axis: 5}, x)
	require.ErrorIs(t, err, fault.ErrShape)
	require.ErrorContains(t, err, `Softmax "bad"`)
	_, err = g.Add("huge", graph.Expand{Shape: shape(1<<30, 1<<30, 2, 3)}, x)
	require.ErrorIs(t, err, fault.ErrLimit)
	require.Empty(t, g.Nodes)
	add(t, g, "bad", relu, x)
}

// A node keeps its own list of inputs: the caller's may be used again.
func TestAddCopiesItsInputs(t *testing.T) {
	g := graph.New()
	in := []*graph.Value{input(g, "x", 2)}
	add(t, g, "y", relu, in...)
	in[0] = nil
	require.NotNil(t, g.Nodes[0].In[0])
}

func TestValidate(t *testing.T) {
	build := func() *graph.Graph {
		g := graph.New()
		y := add(t, g, "y", relu, input(g, "x", 2, 3))
		g.Outputs = []*graph.Value{add(t, g, "z", relu, y)}
		return g
	}
	require.NoError(t, build().Validate())
	for name, c := range map[string]struct {
		change func(g *graph.Graph)
		want   error
	}{
		"order":            {func(g *graph.Graph) { g.Nodes[0], g.Nodes[1] = g.Nodes[1], g.Nodes[0] }, fault.ErrModel},
		"foreign input":    {func(g *graph.Graph) { g.Nodes[0].In[0] = value(2, 3) }, fault.ErrModel},
		"foreign output":   {func(g *graph.Graph) { g.Outputs = []*graph.Value{value(2, 3)} }, fault.ErrModel},
		"lost node":        {func(g *graph.Graph) { g.Nodes = g.Nodes[1:] }, fault.ErrModel},
		"missing input":    {func(g *graph.Graph) { g.Nodes[0].In[0] = nil }, fault.ErrModel},
		"other shape":      {func(g *graph.Graph) { g.Nodes[0].Out[0].Shape = shape(3, 2) }, fault.ErrShape},
		"other type":       {func(g *graph.Graph) { g.Nodes[1].Out[0].DType = graph.Float64 }, fault.ErrShape},
		"other operator":   {func(g *graph.Graph) { g.Nodes[0].Op = graph.Transpose{Perm: []int{1, 0}} }, fault.ErrShape},
		"too few outputs":  {func(g *graph.Graph) { g.Nodes[1].Out = nil }, fault.ErrModel},
		"too many outputs": {func(g *graph.Graph) { g.Nodes[1].Out = append(g.Nodes[1].Out, value(2, 3)) }, fault.ErrShape},
	} {
		g := build()
		c.change(g)
		require.ErrorIs(t, g.Validate(), c.want, name)
	}
}

func TestProgramCheck(t *testing.T) {
	g := graph.New()
	x, s := input(g, "x", 2), g.AddState("s", f32(shape(2), 1, 2))
	y := add(t, g, "y", relu, x)
	p := &graph.Program{Graph: g, Updates: []graph.Update{{State: s, New: y}}}
	require.NoError(t, p.Check())
	g.Outputs = []*graph.Value{x}
	require.Equal(t, []*graph.Value{x, y}, p.Results())
	for name, u := range map[string]graph.Update{
		"not a state": {State: x, New: y},
		"other shape": {State: s, New: add(t, g, "r", graph.Reshape{Shape: []int{2, 1}}, y)},
		"undefined":   {State: s, New: value(2)},
	} {
		p.Updates = []graph.Update{u}
		require.Error(t, p.Check(), name)
	}
}
