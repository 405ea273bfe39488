package onnx

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

// model builds small files for tests.
type model struct{ *pb.ModelProto }

// newModel is a model of an opset with inputs x [N 4 8 8] and output y.
func newModel(opset int64) model {
	return model{&pb.ModelProto{
		IrVersion:   proto.Int64(8),
		OpsetImport: []*pb.OperatorSetIdProto{{Version: &opset}},
		Graph: &pb.GraphProto{
			Input:  []*pb.ValueInfoProto{declare("x", 0, 4, 8, 8)},
			Output: []*pb.ValueInfoProto{{Name: proto.String("y")}},
		},
	}}
}

// declare is a float tensor; dimension 0 is free and called N.
func declare(name string, dims ...int64) *pb.ValueInfoProto {
	s := &pb.TensorShapeProto{}
	for _, d := range dims {
		k := &pb.TensorShapeProto_Dimension{Value: &pb.TensorShapeProto_Dimension_DimValue{DimValue: d}}
		if d == 0 {
			k.Value = &pb.TensorShapeProto_Dimension_DimParam{DimParam: "N"}
		}
		s.Dim = append(s.Dim, k)
	}
	t := &pb.TypeProto_Tensor{ElemType: proto.Int32(1), Shape: s}
	return &pb.ValueInfoProto{Name: &name, Type: &pb.TypeProto{Value: &pb.TypeProto_TensorType{TensorType: t}}}
}

// with changes the model.
func (m model) with(f func(g *pb.GraphProto)) model {
	f(m.Graph)
	return m
}

// input replaces the input's shape.
func (m model) input(dims ...int64) model {
	return m.with(func(g *pb.GraphProto) { g.Input[0] = declare("x", dims...) })
}

// node appends a node: in and out are tensor names.
func (m model) node(op string, in, out []string, attrs ...*pb.AttributeProto) model {
	return m.with(func(g *pb.GraphProto) {
		g.Node = append(g.Node, &pb.NodeProto{OpType: &op, Input: in, Output: out, Attribute: attrs})
	})
}

// op appends the usual node: first output y.
func (m model) op(op string, in []string, attrs ...*pb.AttributeProto) model {
	return m.node(op, in, in2("y"), attrs...)
}

func in2(s ...string) []string { return s }

// floats adds an initializer of the given shape with values 1, 2, 3, ...
func (m model) floats(name string, dims ...int64) model {
	t := graph.NewTensor(graph.Float32, toInts(dims)...)
	for i := range t.F32 {
		t.F32[i] = float32(i + 1)
	}
	return m.init(&pb.TensorProto{Name: &name, DataType: proto.Int32(1), Dims: dims, FloatData: t.F32})
}

// ints adds a list of int64 as an initializer.
func (m model) ints(name string, v ...int64) model {
	return m.init(&pb.TensorProto{Name: &name, DataType: proto.Int32(7), Dims: []int64{int64(len(v))}, Int64Data: v})
}

// scalar adds an int64 of rank 0.
func (m model) scalar(name string, v int64) model {
	return m.init(&pb.TensorProto{Name: &name, DataType: proto.Int32(7), Int64Data: []int64{v}})
}

func (m model) init(t *pb.TensorProto) model {
	return m.with(func(g *pb.GraphProto) { g.Initializer = append(g.Initializer, t) })
}

func (m model) bytes(t testing.TB) []byte {
	b, err := proto.Marshal(m.ModelProto)
	require.NoError(t, err)
	return b
}

func (m model) parse(t testing.TB, o Options) (*Model, error) { return Parse(m.bytes(t), o) }

// must parses at batch 2.
func (m model) must(t testing.TB) *Model {
	r, err := m.parse(t, Options{Batch: 2})
	require.NoError(t, err)
	return r
}

// last returns the node that computes the first output.
func (m *Model) last() *graph.Node { return m.Graph.Outputs[0].From }
