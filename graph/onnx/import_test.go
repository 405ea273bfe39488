package onnx

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// Forms of operators by opset; what they become was read off the operator's
// history in the ONNX documentation.
func TestOperatorForms(t *testing.T) {
	noBound := float32(math.MaxFloat32)
	for _, c := range []struct {
		name string
		m    model
		want graph.Op
	}{
		{"Clip 6: attributes", newModel(10).op("Clip", in2("x"), floatAttr("min", 0), floatAttr("max", 6)), graph.Act{Fn: graph.Clip, Beta: 6}},
		{"Clip 11: inputs, one absent", newModel(11).floats("one", 1).op("Clip", in2("x", "", "one")), graph.Act{Fn: graph.Clip, Alpha: -noBound, Beta: 1}},
		{"Reshape 1: attribute", newModel(4).op("Reshape", in2("x"), intsAttr("shape", []int{0, -1})), graph.Reshape{Shape: []int{0, 256}}},
		{"Reshape 5: input, rows free", newModel(5).ints("s", -1, 256).op("Reshape", in2("x", "s")), graph.Reshape{Shape: []int{0, 256}}},
		{"Pad 1: paddings", newModel(1).op("Pad", in2("x"), intsAttr("paddings", []int{0, 0, 1, 0, 0, 0, 2, 0}), floatAttr("value", 3)),
			graph.Pad{Value: 3, Begin: []int{0, 0, 1, 0}, End: []int{0, 0, 2, 0}}},
		{"Pad 2: pads", newModel(10).op("Pad", in2("x"), intsAttr("pads", []int{0, 0, 1, 0, 0, 0, 0, 0}), stringAttr("mode", "edge")),
			graph.Pad{Mode: graph.PadEdge, Begin: []int{0, 0, 1, 0}, End: []int{0, 0, 0, 0}}},
		{"Pad 18: axes", newModel(18).ints("p", 1, 2).ints("a", -1).op("Pad", in2("x", "p", "", "a")),
			graph.Pad{Begin: []int{0, 0, 0, 1}, End: []int{0, 0, 0, 2}}},
		{"Slice 1: attributes", newModel(9).op("Slice", in2("x"), intsAttr("starts", []int{0, 1}), intsAttr("ends", []int{math.MaxInt64, -1}), intsAttr("axes", []int{0, 2})),
			graph.Slice{Axes: []int{2}, Start: []int{1}, End: []int{7}, Step: []int{1}}},
		{"Slice 10: negative step", newModel(13).ints("b", -1).ints("e", math.MinInt64).ints("a", 3).ints("s", -3).op("Slice", in2("x", "b", "e", "a", "s")),
			graph.Slice{Axes: []int{3}, Start: []int{7}, End: []int{0}, Step: []int{-3}}},
		{"Split 2: attribute", newModel(2).node("Split", in2("x"), in2("y", "z"), intAttr("axis", 1), intsAttr("split", []int{1, 3})), graph.Split{Axis: 1, Sizes: []int{1, 3}}},
		{"Split 18: num_outputs, last smaller", newModel(18).node("Split", in2("x"), in2("y", "z", "q"), intAttr("axis", 2), intAttr("num_outputs", 3)),
			graph.Split{Axis: 2, Sizes: []int{3, 3, 2}}},
		{"Concat 1: axis 1 by default", newModel(1).op("Concat", in2("x", "x")), graph.Concat{Axis: 1}},
		{"ReduceMean 1: attribute", newModel(13).op("ReduceMean", in2("x"), intsAttr("axes", []int{-1, 2}), intAttr("keepdims", 0)), graph.Reduce{Fn: graph.Mean, Axes: []int{2, 3}}},
		{"ReduceMean 18: input", newModel(18).ints("a", 2, 3).op("ReduceMean", in2("x", "a")), graph.Reduce{Fn: graph.Mean, Axes: []int{2, 3}, Keep: true}},
		{"ReduceSum 13: input", newModel(13).ints("a", 1).op("ReduceSum", in2("x", "a")), graph.Reduce{Axes: []int{1}, Keep: true}},
		{"Unsqueeze 13: input", newModel(13).ints("a", -1).op("Unsqueeze", in2("x", "a")), graph.Reshape{Shape: []int{0, 4, 8, 8, 1}}},
		{"Softmax 13: last axis", newModel(13).op("Softmax", in2("x")), graph.Softmax{Axis: -1}},
		{"Softmax 1 of channels alone", newModel(12).input(0, 5, 1, 1).op("Softmax", in2("x")), graph.Softmax{Axis: 1}},
		{"Softmax 1 of everything", newModel(12).op("Softmax", in2("x")), graph.Reshape{Shape: []int{0, 4, 8, 8}}},
		{"BatchNormalization 6 with is_test=0", bnModel(6), graph.BatchNorm{Eps: 1e-5, Keep: 0.9}},
		{"BatchNormalization 15 with training_mode", bnModel(15, intAttr("training_mode", 1), floatAttr("momentum", 0.75)), graph.BatchNorm{Eps: 1e-5, Keep: 0.75}},
		{"Dropout 6: attribute", newModel(7).op("Dropout", in2("x"), floatAttr("ratio", 0.25)), graph.Dropout{P: 0.25}},
		{"Dropout 12: input", newModel(12).init(float("r", 0.125)).op("Dropout", in2("x", "r")), graph.Dropout{P: 0.125}},
		{"HardSigmoid defaults", newModel(6).op("HardSigmoid", in2("x")), graph.Act{Fn: graph.HardSigmoid, Alpha: 0.2, Beta: 0.5}},
		{"LRN defaults", newModel(13).op("LRN", in2("x"), intAttr("size", 5)), graph.LRN{Size: 5, Alpha: 1e-4, Beta: 0.75, Bias: 1}},
		{"GlobalMaxPool", newModel(13).op("GlobalMaxPool", in2("x")), graph.Pool{Window: graph.Window{Kernel: []int{8, 8}, Stride: []int{1, 1}, Dilation: []int{1, 1}, PadBegin: []int{0, 0}, PadEnd: []int{0, 0}}}},
		{"MatMul of matrices", newModel(13).input(0, 3).floats("w", 3, 2).op("MatMul", in2("x", "w")), graph.Gemm{Alpha: 1, Beta: 1}},
		{"auto_pad SAME_UPPER", newModel(13).op("MaxPool", in2("x"), kernel(3, 2), intsAttr("strides", []int{2, 2}), stringAttr("auto_pad", "SAME_UPPER")),
			graph.Pool{Window: graph.Window{Kernel: []int{3, 2}, Stride: []int{2, 2}, Dilation: []int{1, 1}, PadBegin: []int{0, 0}, PadEnd: []int{1, 0}}}},
		{"auto_pad SAME_LOWER", newModel(13).op("MaxPool", in2("x"), kernel(3, 2), intsAttr("strides", []int{2, 2}), stringAttr("auto_pad", "SAME_LOWER")),
			graph.Pool{Window: graph.Window{Kernel: []int{3, 2}, Stride: []int{2, 2}, Dilation: []int{1, 1}, PadBegin: []int{1, 0}, PadEnd: []int{0, 0}}}},
		{"Sum of two", newModel(13).op("Sum", in2("x", "x")), graph.Binary{Fn: graph.Add}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := c.m.must(t)
			require.Equal(t, c.want, m.last().Op)
			_, err := graph.Rebatch(m.Graph, 7)
			require.NoError(t, err)
		})
	}
}

func float(name string, x float32) *pb.TensorProto {
	return &pb.TensorProto{Name: &name, DataType: proto.Int32(1), FloatData: []float32{x}}
}

func bnModel(opset int64, attrs ...*pb.AttributeProto) model {
	return newModel(opset).floats("s", 4).op("BatchNormalization", in2("x", "s", "s", "s", "s"), attrs...)
}

// Before opset 7 a second operand is aligned at an axis: [4] at axis 1 of [N 4 8 8]
// means one number a channel.
func TestOldBroadcast(t *testing.T) {
	m := newModel(6).floats("b", 4).op("Add", in2("x", "b"), intAttr("axis", 1), intAttr("broadcast", 1)).must(t)
	require.Equal(t, graph.Shape{4, 1, 1}, m.last().In[1].Shape)

	_, err := newModel(6).floats("b", 4, 1, 1).op("Add", in2("x", "b")).parse(t, Options{})
	require.ErrorIs(t, err, fault.ErrShape, "no broadcast=1")
	_, err = newModel(6).floats("b", 4).op("Add", in2("x", "b"), intAttr("axis", 4), intAttr("broadcast", 1)).parse(t, Options{})
	require.ErrorIs(t, err, fault.ErrShape)
	_, err = bnModel(8, intAttr("spatial", 0)).parse(t, Options{})
	require.ErrorIs(t, err, fault.ErrUnsupported)
}

// Statistics that a training form returns have no reader; the rewrite is reported.
func TestTrainingFormBecomesInference(t *testing.T) {
	m := newModel(13).floats("s", 4).
		node("BatchNormalization", in2("x", "s", "s", "s", "s"), in2("a", "m", "v", "sm", "sv")).
		node("Dropout", in2("a"), in2("b", "mask")).op("Relu", in2("b")).must(t)
	require.Equal(t, []string{"BatchNorm", "Dropout", "Relu"}, kinds(m.Graph))
	require.Equal(t, []Rewrite{{"BatchNormalization in training form taken in inference form", 1, []string{"a"}}}, m.Report.Rewrites)
}

func kinds(g *graph.Graph) []string {
	var k []string
	for _, n := range g.Nodes {
		k = append(k, n.Op.Kind())
	}
	return k
}

// A zero Pad before a convolution becomes part of it; others stay.
func TestPadMerges(t *testing.T) {
	pads := func(value float32, p ...int64) *Model {
		return newModel(13).ints("p", p...).init(float("v", value)).floats("w", 2, 4, 3, 3).
			node("Pad", in2("x", "p", "v"), in2("padded")).
			op("Conv", in2("padded", "w"), intsAttr("pads", []int{1, 0, 0, 0})).must(t)
	}
	m := pads(0, 0, 0, 1, 2, 0, 0, 3, 4)
	require.Equal(t, []string{"Conv"}, kinds(m.Graph))
	require.Equal(t, []int{2, 2}, m.last().Op.(graph.Conv).PadBegin)
	require.Equal(t, []int{3, 4}, m.last().Op.(graph.Conv).PadEnd)
	require.Equal(t, "x", m.last().In[0].Name)

	require.Equal(t, []string{"Pad", "Conv"}, kinds(pads(1, 0, 0, 1, 2, 0, 0, 3, 4).Graph), "padding that is not zero")
	require.Equal(t, []string{"Pad", "Conv"}, kinds(pads(0, 0, 0, -1, 2, 0, 0, 3, 4).Graph), "padding that cuts")
}

// γ(x−μ)/√σ² + β, then ·m, then +a, computed before and after the rewrite.
func TestScaleFoldsIntoBatchNorm(t *testing.T) {
	m := newModel(13).floats("s", 4).floats("m", 4).floats("a", 4, 1, 1).ints("axes", 1, 2).
		node("BatchNormalization", in2("x", "s", "s", "s", "s"), in2("n")).
		node("Unsqueeze", in2("m", "axes"), in2("m3")).
		node("Mul", in2("m3", "n"), in2("scaled")).op("Add", in2("scaled", "a"))
	net := m.must(t)
	require.Equal(t, []string{"BatchNorm"}, kinds(net.Graph))
	require.Equal(t, "y", net.Graph.Outputs[0].Name)
	require.Equal(t, 2, net.Report.Rewrites[0].Count)

	exact, err := m.input(2, 4, 8, 8).parse(t, Options{Exact: true})
	require.NoError(t, err)
	require.Len(t, exact.Graph.Nodes, 3)
	want, got := evaluate(t, exact.Graph), evaluate(t, net.Graph)
	require.InDeltaSlice(t, want, got, 1e-4)
	require.Len(t, got, len(want))
}

// evaluate runs g on 0, 1/8, 2/8, ...
func evaluate(t *testing.T, g *graph.Graph) []float32 {
	x := graph.NewTensor(graph.Float32, g.Inputs[0].Shape...)
	for i := range x.F32 {
		x.F32[i] = float32(i%97)/8 - 6
	}
	e, err := ref.New().Compile(&graph.Program{Graph: g}, graph.CompileOptions{})
	require.NoError(t, err)
	require.NoError(t, e.Bind(g.Inputs[0].Name, x))
	require.NoError(t, e.Step(context.Background()))
	y := graph.NewTensor(graph.Float32, g.Outputs[0].Shape...)
	require.NoError(t, e.Read(g.Outputs[0].Name, y))
	require.NoError(t, e.Close())
	return y.F32
}

func TestHardSwishPatterns(t *testing.T) {
	six := func() model {
		return newModel(13).init(float("three", 3)).init(float("six", 6)).init(float("zero", 0)).
			node("Add", in2("x", "three"), in2("a")).node("Clip", in2("a", "zero", "six"), in2("c"))
	}
	for name, m := range map[string]model{
		"x·HardSigmoid(x)": newModel(14).node("HardSigmoid", in2("x"), in2("h"), floatAttr("alpha", 1./6)).op("Mul", in2("x", "h")),
		"x·(clip/6)":       six().node("Div", in2("c", "six"), in2("d")).op("Mul", in2("d", "x")),
		"(x·clip)/6":       six().node("Mul", in2("x", "c"), in2("d")).op("Div", in2("d", "six")),
	} {
		net := m.must(t)
		require.Equal(t, []string{"HardSwish"}, kinds(net.Graph), name)
		exact, err := m.input(2, 4, 8, 8).parse(t, Options{Exact: true})
		require.NoError(t, err)
		require.InDeltaSlice(t, evaluate(t, exact.Graph), evaluate(t, net.Graph), 1e-5, name)
	}
	other := newModel(14).node("HardSigmoid", in2("x"), in2("h"), floatAttr("alpha", 0.2)).op("Mul", in2("x", "h")).must(t)
	require.Equal(t, []string{"HardSigmoid", "Mul"}, kinds(other.Graph), "another slope is no hard-swish")
}

// Shape arithmetic follows the batch: x.view(x.size(0), 2, C/2, -1) and the
// channel shuffle of a file exported for a batch of 1.
func TestRebatching(t *testing.T) {
	computed := newModel(13).scalar("zero", 0).scalar("one", 1).scalar("two", 2).ints("axis", 0).ints("two1", 2).ints("rest", -1).
		node("Shape", in2("x"), in2("s")).
		node("Gather", in2("s", "zero"), in2("n")).node("Gather", in2("s", "one"), in2("c")).
		node("Div", in2("c", "two"), in2("half")).
		node("Unsqueeze", in2("n", "axis"), in2("n1")).node("Unsqueeze", in2("half", "axis"), in2("h1")).
		node("Concat", in2("n1", "two1", "h1", "rest"), in2("to"), intAttr("axis", 0)).
		op("Reshape", in2("x", "to"))
	m := computed.must(t)
	require.Equal(t, graph.Reshape{Shape: []int{0, 2, 2, 64}}, m.last().Op)
	require.Equal(t, 7, m.Report.Folded)

	fixed := newModel(13).input(1, 4, 8, 8).ints("a", 1, 2, 2, 8, 8).ints("b", 1, 4, 8, 8).
		node("Reshape", in2("x", "a"), in2("r")).node("Transpose", in2("r"), in2("t"), intsAttr("perm", []int{0, 2, 1, 3, 4})).
		op("Reshape", in2("t", "b"))
	m, err := fixed.parse(t, Options{Batch: 3})
	require.NoError(t, err)
	require.Equal(t, 1, m.FixedBatch)
	require.Equal(t, graph.Shape{3, 4, 8, 8}, m.Graph.Outputs[0].Shape)
	require.Equal(t, []Rewrite{{"literal batch in Reshape made free", 2, []string{"r", "y"}}}, m.Report.Rewrites)

	for name, bad := range map[string]model{
		"rows into columns": newModel(13).ints("s", -1, 128).op("Reshape", in2("x", "s")),
		"all into one":      newModel(13).ints("s", -1).op("Reshape", in2("x", "s")),
		"row 0 only":        newModel(13).ints("b", 0).ints("e", 1).ints("a", 0).op("Slice", in2("x", "b", "e", "a")),
		"softmax over rows": newModel(13).op("Softmax", in2("x"), intAttr("axis", 0)),
		"rows joined":       newModel(13).op("Concat", in2("x", "x"), intAttr("axis", 0)),
		"rows multiplied":   newModel(13).input(0, 4).op("Gemm", in2("x", "x"), intAttr("transA", 1)),
	} {
		_, err := bad.parse(t, Options{Batch: 2})
		require.ErrorIs(t, err, fault.ErrUnsupported, name)
	}
}

// Height and width: the file's, an override, or a default where they are free.
func TestImageSize(t *testing.T) {
	free := newModel(13).with(func(g *pb.GraphProto) {
		g.Input[0] = declare("x", 0, 3, 1, 1)
		for _, d := range g.Input[0].Type.GetTensorType().Shape.Dim[2:] {
			d.Value = nil
		}
	}).op("Relu", in2("x"))
	for _, c := range []struct {
		m    model
		o    Options
		want graph.Shape
	}{
		{good(), Options{}, graph.Shape{1, 4, 8, 8}},
		{good(), Options{ImgSize: [2]int{6, 10}}, graph.Shape{1, 4, 6, 10}},
		{good(), Options{FreeSize: [2]int{6, 10}}, graph.Shape{1, 4, 8, 8}},
		{free, Options{}, graph.Shape{1, 3, 224, 224}},
		{free, Options{FreeSize: [2]int{96, 128}}, graph.Shape{1, 3, 96, 128}},
		{good().input(0, 32, 32, 3), Options{ImgSize: [2]int{24, 16}}, graph.Shape{1, 24, 16, 3}},
	} {
		m, err := c.m.parse(t, c.o)
		require.NoError(t, err)
		require.Equal(t, c.want, m.Graph.Inputs[0].Shape)
	}
	m, err := free.parse(t, Options{})
	require.NoError(t, err)
	v, err := m.Image()
	require.NoError(t, err)
	require.Equal(t, "x", v.Name)
	_, err = good().must(t).Image()
	require.ErrorContains(t, err, "4 channels")

	linear := newModel(13).floats("w", 256, 5).node("Flatten", in2("x"), in2("f")).op("Gemm", in2("f", "w"))
	_, err = linear.parse(t, Options{ImgSize: [2]int{16, 16}})
	require.ErrorContains(t, err, "inner dimensions 1024 and 256")
}

// What is printed of a refusal.
func TestRefusalText(t *testing.T) {
	m := newModel(16).node("Relu", in2("x"), in2("r")).op("ScatterND", in2("r", "r", "r"))
	m.Graph.Node[1].Name = proto.String("/features/ScatterND_3")
	_, err := m.parse(t, Options{})
	require.Equal(t, `error: model: operator not supported
  where  node /features/ScatterND_3 (ScatterND, opset 16) in the model
  why    no rule for ScatterND; 1 of 2 nodes are supported
  do     gotl-gpu inspect the model --ops
`, fault.Format(err))
}

// IR 3 lists initializers as inputs; names of nodes, values and weights stay.
func TestNames(t *testing.T) {
	m := newModel(9).floats("w", 2, 4, 1, 1).with(func(g *pb.GraphProto) { g.Input = append(g.Input, declare("w", 2, 4, 1, 1)) }).
		node("Conv", in2("x", "w"), in2("c")).node("Identity", in2("c"), in2("same")).op("Relu", in2("same"))
	m.Graph.Node[0].Name = proto.String("stem")
	m.IrVersion = proto.Int64(3)
	net := m.must(t)
	require.Len(t, net.Inputs, 1)
	require.Equal(t, "stem", net.Graph.Nodes[0].Name)
	require.Equal(t, "y", net.Graph.Nodes[1].Name, "unnamed: its first output")
	require.Equal(t, "c", net.Graph.Nodes[1].In[0].Name)
	require.Equal(t, "w", net.Graph.Consts[0].Name)
	require.Equal(t, 1, net.Report.Dropped)
}

// Nodes that no output needs may hold anything.
func TestDeadBranch(t *testing.T) {
	m := good().node("Frobnicate", in2("x"), in2("z")).must(t)
	require.Equal(t, []string{"Relu"}, kinds(m.Graph))
	require.Equal(t, 1, m.Report.Dropped)
}

func TestModelFields(t *testing.T) {
	m := good()
	m.ProducerName, m.ProducerVersion = proto.String("pytorch"), proto.String("2.1")
	m.MetadataProps = []*pb.StringStringEntryProto{{Key: proto.String("k"), Value: proto.String("v\xff")}}
	net := m.must(t)
	require.Equal(t, "pytorch 2.1", net.Producer)
	require.Equal(t, map[string]string{"k": "v\uFFFD"}, net.Meta)
	require.Equal(t, "x f32[N 4 8 8]", net.Inputs[0].String())
	require.EqualValues(t, 17, net.Opset)
	require.EqualValues(t, 8, net.IR)
	require.Len(t, net.SHA256, 64)
	require.Equal(t, map[string]int{"Relu": 1}, net.Report.Ops)
}
