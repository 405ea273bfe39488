package graph_test

import (
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/conformance"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/stretchr/testify/require"
)

// gradients adds the gradients of the sum of y and makes them the outputs.
func gradients(t *testing.T, g *graph.Graph, y *graph.Value, wrt ...*graph.Value) {
	t.Helper()
	d, err := graph.Gradients(g, add(t, g, "loss", graph.Reduce{}, y), wrt)
	require.NoError(t, err)
	for _, v := range wrt {
		g.Outputs = append(g.Outputs, d[v])
	}
}

// mul and plus are x·y and x+y.
var mul, plus = graph.Binary{Fn: graph.Mul}, graph.Binary{Fn: graph.Add}

// d(x·x + x) = 2x + 1: both inputs of one node are the same value, and it is used again.
func TestGradientOfSharedValue(t *testing.T) {
	g := graph.New()
	x := input(g, "x", 3)
	gradients(t, g, add(t, g, "y", plus, add(t, g, "xx", mul, x, x), x), x)
	got := run(t, &graph.Program{Graph: g}, conformance.Feed{"x": f32(shape(3), -1, 0, 5)})
	require.Equal(t, []float32{-1, 1, 11}, got[g.Outputs[0].Name].F32)
}

// A diamond: z = relu(x), y = z·w + z·z with z read three times. dy/dx = (w+2z)·[x>0], dy/dw = z.
func TestGradientOfManyPaths(t *testing.T) {
	g := graph.New()
	x, w := input(g, "x", 2), g.AddState("w", f32(shape(2), 10, 20))
	z := add(t, g, "z", relu, x)
	y := add(t, g, "y", plus, add(t, g, "zw", mul, z, w), add(t, g, "zz", mul, z, z))
	gradients(t, g, y, x, w)
	got := run(t, &graph.Program{Graph: g}, conformance.Feed{"x": f32(shape(2), 3, -4)})
	require.Equal(t, []float32{16, 0}, got[g.Outputs[0].Name].F32)
	require.Equal(t, []float32{3, 0}, got[g.Outputs[1].Name].F32)
}

// The gradient of a result in the middle, and of the loss itself.
func TestGradientOfInnerValues(t *testing.T) {
	g := graph.New()
	z := add(t, g, "z", mul, input(g, "x", 2), g.AddConst("k", graph.Scalar(3)))
	loss := add(t, g, "loss", graph.Reduce{}, add(t, g, "zz", mul, z, z))
	d, err := graph.Gradients(g, loss, []*graph.Value{z, loss})
	require.NoError(t, err)
	g.Outputs = []*graph.Value{d[z], d[loss]}
	got := run(t, &graph.Program{Graph: g}, conformance.Feed{"x": f32(shape(2), 1, 2)})
	require.Equal(t, []float32{6, 12}, got[d[z].Name].F32)
	require.Equal(t, []float32{1}, got[d[loss].Name].F32)
}

func TestGradientsRefuse(t *testing.T) {
	g := graph.New()
	x, other := input(g, "x", 2, 3), input(g, "other", 2, 3)
	y := add(t, g, "y", relu, x)
	add(t, g, "dead", plus, other, x)
	_, err := graph.Gradients(g, y, []*graph.Value{x})
	require.ErrorIs(t, err, fault.ErrShape, "six losses")
	loss := add(t, g, "loss", graph.Reduce{}, y)
	_, err = graph.Gradients(g, loss, []*graph.Value{x, other})
	require.ErrorIs(t, err, fault.ErrModel)
	require.ErrorContains(t, err, "other")

	edge := graph.Pad{Mode: graph.PadEdge, Begin: []int{0, 1}, End: []int{0, 0}}
	loss = add(t, g, "loss", graph.Reduce{}, add(t, g, "copies", edge, x))
	_, err = graph.Gradients(g, loss, []*graph.Value{x})
	require.ErrorIs(t, err, fault.ErrUnsupported)
	require.ErrorContains(t, err, "copies", "the error names the node")
}

// Second derivatives are refused, not silently those of the embedded operator.
func TestNoSecondDerivatives(t *testing.T) {
	x, w := value(1, 2, 4, 4), value(3, 2, 3, 3)
	dy := value(1, 3, 4, 4)
	pool := graph.Pool{Window: graph.Window2D(2, 2, 0)}
	for _, c := range []struct {
		op graph.Op
		in []*graph.Value
	}{
		{graph.ConvGradInput{Conv: conv(3, 1, 1), X: x.Shape}, vs(w, dy)},
		{graph.ConvGradWeight{Conv: conv(3, 1, 1), W: w.Shape}, vs(x, dy)},
		{graph.FusedConv{Conv: conv(3, 1, 1)}, vs(x, w)},
		{graph.ActGrad{Act: relu}, vs(x, x)},
		{graph.PoolGrad{Pool: pool}, vs(x, value(1, 2, 2, 2), value(1, 2, 2, 2))},
		{graph.LRNGrad{LRN: graph.LRN{Size: 3}}, vs(x, x, x)},
		{graph.SoftmaxGrad{}, vs(x, x)},
		{graph.SoftmaxCrossEntropyGrad{}, vs(value(2, 3), value(2, 3), value(1), value(1))},
		{graph.BatchNormGrad{}, vs(x, value(2), value(2), value(2), x)},
	} {
		g := graph.New()
		var in []*graph.Value
		for _, v := range c.in {
			in = append(in, input(g, "x", v.Shape...))
		}
		_, err := graph.Gradients(g, add(t, g, "loss", graph.Reduce{}, add(t, g, "y", c.op, in...)), in[:1])
		require.ErrorIs(t, err, fault.ErrUnsupported, c.op.Kind())
	}
}

// trunk is conv1, bn, relu, conv2, relu, pool, linear with state for all weights;
// it returns the backward operators that gradients of the named ones emit.
func backwardOf(t *testing.T, names ...string) []string {
	g := graph.New()
	st := func(name string, d ...int) *graph.Value {
		return g.AddState(name, conformance.Uniform(name, 1, 2, d...))
	}
	y := add(t, g, "conv1", conv(3, 1, 1), input(g, "x", 2, 3, 4, 4), st("w1", 4, 3, 3, 3), st("b1", 4))
	y = add(t, g, "bn", graph.BatchNorm{Eps: 1e-5}, y, st("scale", 4), st("shift", 4), st("mean", 4), st("var", 4))
	y = add(t, g, "conv2", conv(3, 1, 1), add(t, g, "relu1", relu, y), st("w2", 5, 4, 3, 3), st("b2", 5))
	y = add(t, g, "flat", graph.Flatten{Axis: 1}, add(t, g, "pool", graph.GlobalAveragePool{}, add(t, g, "relu2", relu, y)))
	y = add(t, g, "fc", graph.Linear, y, st("w3", 3, 5), st("b3", 3))
	loss := add(t, g, "loss", graph.SoftmaxCrossEntropy{}, y, input(g, "q", 2, 3), input(g, "inv", 1))
	var wrt []*graph.Value
	for _, n := range names {
		wrt = append(wrt, g.Value(n))
	}
	forward := len(g.Nodes)
	_, err := graph.Gradients(g, loss, wrt)
	require.NoError(t, err)
	require.NoError(t, g.Validate())
	return kinds(g, forward)
}

// Nothing is emitted for what is frozen: the list of backward operators is exact.
func TestFrozenPartsEmitNothing(t *testing.T) {
	const loss = "SoftmaxCrossEntropyGrad"
	for _, c := range []struct{ wrt, want []string }{
		{[]string{"b3"}, []string{loss, "ReduceSum", "Reshape"}},
		{[]string{"w3", "b3"}, []string{loss, "Gemm", "ReduceSum", "Reshape"}},
		{[]string{"w2"}, []string{loss, "Gemm", "Reshape", "AveragePoolGrad", "ReluGrad", "ConvGradWeight"}},
		{[]string{"b2"}, []string{loss, "Gemm", "Reshape", "AveragePoolGrad", "ReluGrad", "ReduceSum"}},
		{[]string{"scale"}, []string{loss, "Gemm", "Reshape", "AveragePoolGrad", "ReluGrad", "ConvGradInput", "ReluGrad", "BatchNormGrad"}},
		{[]string{"w1"}, []string{loss, "Gemm", "Reshape", "AveragePoolGrad", "ReluGrad", "ConvGradInput", "ReluGrad", "BatchNormGrad", "ConvGradWeight"}},
	} {
		require.Equal(t, c.want, backwardOf(t, c.wrt...), "%v", c.wrt)
	}
}
