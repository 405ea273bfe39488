package graph_test

import (
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/conformance"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/stretchr/testify/require"
)

// shape is short for a list of dimensions.
func shape(d ...int) graph.Shape { return append(graph.Shape{}, d...) }

// value is a Float32 value outside of any graph, for shape rules.
func value(d ...int) *graph.Value {
	return &graph.Value{Name: "v", Type: graph.Type{DType: graph.Float32, Shape: shape(d...)}}
}

// typed is value with another element type.
func typed(t graph.DType, d ...int) *graph.Value {
	return &graph.Value{Name: "v", Type: graph.Type{DType: t, Shape: shape(d...)}}
}

// f32 is a Float32 tensor.
func f32(s graph.Shape, x ...float32) *graph.Tensor { return graph.FromF32(x, s...) }

// input adds a batched Float32 input.
func input(g *graph.Graph, name string, d ...int) *graph.Value {
	return g.AddInput(name, graph.Type{DType: graph.Float32, Shape: shape(d...)}, true)
}

// add appends a node that must fit.
func add(t *testing.T, g *graph.Graph, name string, op graph.Op, in ...*graph.Value) *graph.Value {
	t.Helper()
	v, err := g.Add1(name, op, in...)
	require.NoError(t, err)
	return v
}

// run computes a program once on the reference back end.
func run(t *testing.T, p *graph.Program, feed conformance.Feed) conformance.Feed {
	t.Helper()
	res, err := conformance.Execute(ref.New(), p, graph.CompileOptions{}, feed)
	require.NoError(t, err)
	return res
}

// kinds lists the operators of a graph from node first on.
func kinds(g *graph.Graph, first int) []string {
	var k []string
	for _, n := range g.Nodes[first:] {
		k = append(k, n.Op.Kind())
	}
	return k
}

var relu = graph.Act{Fn: graph.Relu}

func conv(k, stride, pad int) graph.Conv {
	return graph.Conv{Window: graph.Window2D(k, stride, pad), Groups: 1}
}
