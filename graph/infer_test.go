package graph_test

import (
	"fmt"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/stretchr/testify/require"
)

// vs is short for a list of inputs.
func vs(v ...*graph.Value) []*graph.Value { return v }

// What a shape rule must refuse, by reason. Every line differs from a good use in
// one thing.
var refused = []struct {
	why  string
	op   graph.Op
	in   []*graph.Value
	want error
}{
	{"no input", relu, nil, fault.ErrModel},
	{"absent input", relu, vs(nil), fault.ErrModel},
	{"two inputs", relu, vs(value(2), value(2)), fault.ErrModel},
	{"sigmoid of integers", graph.Act{Fn: graph.Sigmoid}, vs(typed(graph.Int64, 2)), fault.ErrUnsupported},
	{"gradient of another shape", graph.ActGrad{Act: relu}, vs(value(2), value(3)), fault.ErrShape},

	{"channels", conv(3, 1, 1), vs(value(1, 4, 5, 5), value(8, 3, 3, 3)), fault.ErrShape},
	{"kernel", conv(3, 1, 1), vs(value(1, 4, 5, 5), value(8, 4, 3, 2)), fault.ErrShape},
	{"rank of weight", conv(3, 1, 1), vs(value(1, 4, 5, 5), value(8, 4, 3)), fault.ErrShape},
	{"rank of input", conv(3, 1, 1), vs(value(1, 4), value(8, 4)), fault.ErrShape},
	{"bias", conv(3, 1, 1), vs(value(1, 4, 5, 5), value(8, 4, 3, 3), value(4)), fault.ErrShape},
	{"bias as row", conv(3, 1, 1), vs(value(1, 4, 5, 5), value(8, 4, 3, 3), value(1, 8)), fault.ErrShape},
	{"group 0", graph.Conv{Window: graph.Window2D(3, 1, 1)}, vs(value(1, 4, 5, 5), value(8, 4, 3, 3)), fault.ErrShape},
	{"groups do not divide filters", graph.Conv{Window: graph.Window2D(1, 1, 0), Groups: 2}, vs(value(1, 4, 5, 5), value(7, 2, 1, 1)), fault.ErrShape},
	{"window over the input", conv(7, 1, 0), vs(value(1, 4, 5, 5), value(8, 4, 7, 7)), fault.ErrShape},
	{"mixed types", conv(1, 1, 0), vs(value(1, 4, 5, 5), typed(graph.Float64, 8, 4, 1, 1)), fault.ErrUnsupported},
	{"integers", conv(1, 1, 0), vs(typed(graph.Int8, 1, 4, 5, 5), typed(graph.Int8, 8, 4, 1, 1)), fault.ErrUnsupported},
	{"dy", graph.ConvGradInput{Conv: conv(3, 1, 1), X: shape(1, 4, 5, 5)}, vs(value(8, 4, 3, 3), value(1, 8, 4, 5)), fault.ErrShape},
	{"dy", graph.ConvGradWeight{Conv: conv(3, 1, 1), W: shape(8, 4, 3, 3)}, vs(value(1, 4, 5, 5), value(2, 8, 5, 5)), fault.ErrShape},
	{"residual", graph.FusedConv{Conv: conv(3, 1, 1)}, vs(value(1, 4, 5, 5), value(8, 4, 3, 3), nil, value(1, 8, 1, 1)), fault.ErrShape},

	{"matrix", graph.Linear, vs(value(2, 3, 4), value(5, 4)), fault.ErrShape},
	{"inner dimension", graph.Linear, vs(value(2, 3), value(3, 5)), fault.ErrShape},
	{"c is larger", graph.Linear, vs(value(1, 3), value(5, 3), value(4, 5)), fault.ErrShape},
	{"c of another width", graph.Linear, vs(value(2, 3), value(5, 3), value(4)), fault.ErrShape},

	{"shapes", graph.Binary{Fn: graph.Add}, vs(value(2, 3), value(2)), fault.ErrShape},
	{"types", graph.Binary{Fn: graph.Mul}, vs(value(2), typed(graph.Int64, 2)), fault.ErrUnsupported},
	{"bool", graph.Binary{Fn: graph.Add}, vs(typed(graph.Bool, 2), typed(graph.Bool, 2)), fault.ErrUnsupported},

	{"per channel", graph.BatchNorm{}, vs(value(2, 3, 4), value(3), value(3), value(4), value(3)), fault.ErrShape},
	{"rank 1", graph.BatchNorm{}, vs(value(3), value(3), value(3), value(3), value(3)), fault.ErrShape},
	{"variance is missing", graph.BatchNorm{}, vs(value(2, 3), value(3), value(3), value(3), nil), fault.ErrModel},
	{"bias", graph.BatchNormTrain{}, vs(value(2, 3), value(3), value(2)), fault.ErrShape},
	{"dy", graph.BatchNormGrad{}, vs(value(2, 3), value(3), value(3), value(3), value(3, 2)), fault.ErrShape},
	{"running value", graph.Blend{}, vs(value(2), value(3)), fault.ErrShape},

	{"one dimension", graph.Pool{Window: graph.Window2D(2, 2, 0)}, vs(value(1, 3, 8)), fault.ErrShape},
	{"padding of a whole window", graph.Pool{Window: graph.Window2D(2, 2, 2)}, vs(value(1, 3, 8, 8)), fault.ErrShape},
	{"dy", graph.PoolGrad{Pool: graph.Pool{Window: graph.Window2D(2, 2, 0)}}, vs(value(1, 3, 8, 8), value(1, 3, 4, 4), value(1, 3, 4, 3)), fault.ErrShape},
	{"matrix", graph.GlobalAveragePool{}, vs(value(2, 3)), fault.ErrShape},
	{"size 0", graph.LRN{}, vs(value(1, 3, 2, 2)), fault.ErrModel},
	{"integers", graph.LRN{Size: 3}, vs(typed(graph.Int64, 1, 3, 2, 2)), fault.ErrUnsupported},

	{"nothing", graph.Concat{}, nil, fault.ErrModel},
	{"absent part", graph.Concat{}, vs(value(2), nil), fault.ErrModel},
	{"axis", graph.Concat{Axis: 2}, vs(value(2, 3)), fault.ErrShape},
	{"ranks", graph.Concat{}, vs(value(2), value(2, 1)), fault.ErrShape},
	{"other dimension", graph.Concat{Axis: 1}, vs(value(2, 3), value(3, 3)), fault.ErrShape},
	{"types", graph.Concat{}, vs(value(2), typed(graph.Int64, 2)), fault.ErrUnsupported},
	{"sum of sizes", graph.Split{Axis: 0, Sizes: []int{1, 2}}, vs(value(4)), fault.ErrShape},
	{"no sizes", graph.Split{Axis: 0}, vs(value(0)), fault.ErrShape},

	{"elements", graph.Reshape{Shape: []int{4}}, vs(value(2, 3)), fault.ErrShape},
	{"two unknown", graph.Reshape{Shape: []int{-1, -1}}, vs(value(2, 3)), fault.ErrShape},
	{"unknown does not divide", graph.Reshape{Shape: []int{4, -1}}, vs(value(2, 3)), fault.ErrShape},
	{"copy of what is not there", graph.Reshape{Shape: []int{2, 3, 0}}, vs(value(2, 3)), fault.ErrShape},
	{"axis", graph.Flatten{Axis: 3}, vs(value(2, 3)), fault.ErrShape},
	{"not a permutation", graph.Transpose{Perm: []int{0, 0}}, vs(value(2, 3)), fault.ErrShape},
	{"short permutation", graph.Transpose{Perm: []int{0}}, vs(value(2, 3)), fault.ErrShape},
	{"empty permutation", graph.Transpose{}, vs(value(2, 3)), fault.ErrShape},
	{"does not broadcast", graph.Expand{Shape: shape(2, 4)}, vs(value(2, 3)), fault.ErrShape},
	{"fewer dimensions", graph.Expand{Shape: shape(3)}, vs(value(2, 3)), fault.ErrShape},
	{"axis", graph.Reduce{Axes: []int{2}}, vs(value(2, 3)), fault.ErrShape},
	{"axis", graph.Softmax{Axis: -3}, vs(value(2, 3)), fault.ErrShape},
	{"integers", graph.Softmax{}, vs(typed(graph.Int64, 3)), fault.ErrUnsupported},
	{"amounts", graph.Pad{Begin: []int{1}, End: []int{1}}, vs(value(2, 3)), fault.ErrShape},
	{"below zero", graph.Pad{Begin: []int{-2}, End: []int{-2}}, vs(value(3)), fault.ErrShape},
	{"reflection beyond the input", graph.Pad{Mode: graph.PadReflect, Begin: []int{3}, End: []int{0}}, vs(value(3)), fault.ErrShape},
	{"edge of nothing", graph.Pad{Mode: graph.PadEdge, Begin: []int{1}, End: []int{0}}, vs(value(0)), fault.ErrShape},
	{"dy", graph.SliceGrad{X: shape(3)}, vs(value(2)), fault.ErrShape},

	{"probability 1", graph.DropoutTrain{P: 1}, vs(value(2, 3), typed(graph.Int64, 4)), fault.ErrModel},
	{"rng of other rows", graph.DropoutTrain{}, vs(value(2, 3), typed(graph.Int64, 5)), fault.ErrShape},
	{"rng of floats", graph.DropoutTrain{}, vs(value(2, 3), value(4)), fault.ErrShape},
	{"target", graph.SoftmaxCrossEntropy{}, vs(value(2, 3), value(2), value(1)), fault.ErrShape},
	{"rank of logits", graph.SoftmaxCrossEntropy{}, vs(value(2, 3, 1), value(2, 3, 1), value(1)), fault.ErrShape},
	{"inverse weight", graph.SoftmaxCrossEntropy{}, vs(value(2, 3), value(2, 3), value(2)), fault.ErrShape},
	{"loss gradient", graph.SoftmaxCrossEntropyGrad{}, vs(value(2, 3), value(2, 3), value(1), value(2)), fault.ErrShape},

	{"hyper", graph.SGD{}, vs(value(3), value(1), value(2), value(2), value(2)), fault.ErrShape},
	{"clip", graph.SGD{}, vs(value(2), value(2), value(2), value(2), value(2)), fault.ErrShape},
	{"a list is short", graph.SGD{}, vs(value(2), value(1), value(2), value(2), value(2), value(2)), fault.ErrModel},
	{"gradient", graph.SGD{}, vs(value(2), value(1), value(2), value(3), value(2)), fault.ErrShape},
	{"absent moment", graph.Adam{}, vs(value(5), value(1), value(2), value(2), value(2), nil), fault.ErrModel},
	{"second moment", graph.Adam{}, vs(value(5), value(1), value(2), value(2), value(2), value(1)), fault.ErrShape},
	{"average", graph.EMA{}, vs(value(1), value(2), value(3)), fault.ErrShape},
	{"an average too many", graph.EMA{}, vs(value(1), value(2), value(2), value(2)), fault.ErrShape},
	{"nothing", graph.GlobalNorm{}, nil, fault.ErrModel},
	{"norm", graph.ClipFactor{}, vs(value(2)), fault.ErrShape},
}

func TestInferRefuses(t *testing.T) {
	for i, c := range refused {
		t.Run(fmt.Sprintf("%d %s %s", i, c.op.Kind(), c.why), func(t *testing.T) {
			_, err := c.op.Infer(c.in)
			require.ErrorIs(t, err, c.want)
		})
	}
}

// Shapes that need more than copying; the rule is in the comment of each operator.
func TestInferShapes(t *testing.T) {
	for _, c := range []struct {
		op   graph.Op
		in   []*graph.Value
		want []graph.Shape
	}{
		{graph.Conv{Window: graph.Window2D(3, 2, 1), Groups: 2}, vs(value(2, 4, 7, 8), value(6, 2, 3, 3), nil), []graph.Shape{shape(2, 6, 4, 4)}},
		{graph.ConvGradWeight{Conv: conv(1, 1, 0), W: shape(3, 2, 1, 1), Bias: true}, vs(value(1, 2, 5, 5), value(1, 3, 5, 5)), []graph.Shape{shape(3, 2, 1, 1), shape(3)}},
		{graph.Gemm{TransA: true, TransB: true, Alpha: 1}, vs(value(3, 2), value(5, 3)), []graph.Shape{shape(2, 5)}},
		{graph.Reshape{Shape: []int{0, -1, 2}}, vs(value(4, 3, 6)), []graph.Shape{shape(4, 9, 2)}},
		{graph.Reshape{Shape: []int{0, 5}}, vs(value(0, 3)), []graph.Shape{shape(0, 5)}},
		{graph.Flatten{Axis: 0}, vs(value(4, 3)), []graph.Shape{shape(1, 12)}},
		{graph.Flatten{Axis: 2}, vs(value(4, 3)), []graph.Shape{shape(12, 1)}},
		{graph.Expand{Shape: shape(0, 1, 5)}, vs(value(2, 3, 1)), []graph.Shape{shape(2, 3, 5)}},
		{graph.Reduce{}, vs(value(2, 3)), []graph.Shape{shape()}},
		{graph.Reduce{Axes: []int{-1, 1}, Keep: true}, vs(value(2, 3)), []graph.Shape{shape(2, 1)}},
		{graph.BatchNormGrad{NoParams: true}, vs(value(2, 3), value(3), value(3), value(3), value(2, 3)), []graph.Shape{shape(2, 3)}},
		{graph.GlobalAveragePool{}, vs(value(2, 3, 4, 5, 6)), []graph.Shape{shape(2, 3, 1, 1, 1)}},
		{graph.Pad{Begin: []int{-1, 2}, End: []int{0, -3}}, vs(value(4, 3)), []graph.Shape{shape(3, 2)}},
		{graph.Adam{}, vs(value(5), value(1), value(2), value(3), value(2), value(3), value(2), value(3), value(2), value(3)),
			[]graph.Shape{shape(2), shape(3), shape(2), shape(3), shape(2), shape(3)}},
	} {
		types, err := c.op.Infer(c.in)
		require.NoError(t, err, c.op.Kind())
		var got []graph.Shape
		for _, ty := range types {
			require.Equal(t, c.in[0].DType, ty.DType)
			got = append(got, ty.Shape)
		}
		require.Equal(t, c.want, got, c.op.Kind())
	}
}
