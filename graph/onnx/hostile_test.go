package onnx

import (
	"bytes"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

// hostile is a file that must be refused for a reason.
type hostile struct {
	name string
	data func(t *testing.T) []byte
	want error
}

// Every hostile file gives a typed error with the class "model", names a place,
// and costs at most a second and 64 MB + 2·file of memory.
func TestHostile(t *testing.T) {
	all := slices.Concat(hostileWire, hostileTensors, hostileGraphs, hostileAttributes, hostileAmplification, hostileOpsets)
	require.GreaterOrEqual(t, len(all), 90)
	for _, h := range all {
		t.Run(h.name, func(t *testing.T) {
			data := h.data(t)
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := Parse(data, Options{})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			require.ErrorIs(t, err, h.want)
			require.Equal(t, fault.Model, fault.ClassOf(err))
			var e *fault.Error
			require.ErrorAs(t, err, &e)
			require.NotEmpty(t, e.Where)
			require.Less(t, took, slack*time.Second)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<20+2*len(data)), "bytes allocated in all")
			require.Less(t, len(fault.Format(err)), 4<<10, "a message a person can read")
			require.Equal(t, fault.Clean(strings.ReplaceAll(fault.Format(err), "\n", "")), strings.ReplaceAll(fault.Format(err), "\n", ""))
		})
	}
}

func raw(b ...byte) func(*testing.T) []byte { return func(*testing.T) []byte { return b } }

func built(f func() model) func(*testing.T) []byte {
	return func(t *testing.T) []byte { return f().bytes(t) }
}

func good() model { return newModel(17).op("Relu", in2("x")) }

func truncated(at float64) func(*testing.T) []byte {
	return func(t *testing.T) []byte {
		b := convModel().bytes(t)
		return b[:min(int(at*float64(len(b))), len(b)-1)]
	}
}

func convModel() model {
	return newModel(17).floats("w", 2, 4, 3, 3).op("Conv", in2("x", "w"))
}

// field appends a length-delimited field to a model.
func field(num protowire.Number, body []byte) func(*testing.T) []byte {
	return func(t *testing.T) []byte {
		return protowire.AppendBytes(protowire.AppendTag(good().bytes(t), num, protowire.BytesType), body)
	}
}

// nested is a graph within a node within a graph ..., depth messages deep.
func nested(depth int) []byte {
	var b []byte
	nums := []protowire.Number{1, 5, 6} // GraphProto.node, NodeProto.attribute, AttributeProto.g
	for i := depth - 3; i >= 0; i-- {
		b = protowire.AppendBytes(protowire.AppendTag(nil, nums[i%3], protowire.BytesType), b)
	}
	return b
}

var hostileWire = []hostile{
	{"empty", raw(), fault.ErrMalformed},
	{"zeros", raw(make([]byte, 64)...), fault.ErrMalformed},
	{"text", raw([]byte("this is not a network\n")...), fault.ErrMalformed},
	{"PNG", raw([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")...), fault.ErrMalformed},
	{"cut at 10 %", truncated(0.1), fault.ErrMalformed},
	{"cut at 50 %", truncated(0.5), fault.ErrMalformed},
	{"cut by one byte", truncated(1), fault.ErrMalformed},
	{"varint of 11 bytes", raw(append(bytes.Repeat([]byte{0xff}, 11), 0)...), fault.ErrMalformed},
	{"varint without end", raw(0x08, 0xff, 0xff), fault.ErrMalformed},
	{"field number 0", raw(0x02, 0x01, 0x00), fault.ErrMalformed},
	{"group", raw(0x0b, 0x0c), fault.ErrMalformed},
	{"end of no group", raw(0x0c), fault.ErrMalformed},
	{"graph as varint", raw(0x38, 0x01), fault.ErrMalformed},
	{"length of 2 GiB", raw(0x3a, 0xff, 0xff, 0xff, 0xff, 0x07), fault.ErrMalformed},
	{"length of 2^63", raw(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), fault.ErrMalformed},
	{"nested 65 deep", field(7, nested(65)), fault.ErrLimit},
	{"nested 10,000 deep", field(7, nested(10_000)), fault.ErrLimit},
	{"name that is not UTF-8", built(func() model {
		m := newModel(17)
		return m.with(func(g *pb.GraphProto) {
			g.Node = []*pb.NodeProto{{Name: proto.String("\xff\xfe"), OpType: proto.String("Relu")}}
		})
	}), fault.ErrMalformed},
	{"name of 1,025 bytes", built(func() model { return named(MaxName + 1) }), fault.ErrLimit},
	{"name of 10 MB", built(func() model { return named(10 << 20) }), fault.ErrLimit},
	{"100,001 nodes", built(func() model { return reluChain(MaxNodes + 1) }), fault.ErrLimit},
	{"a million empty nodes", func(t *testing.T) []byte {
		return field(7, bytes.Repeat([]byte{0x0a, 0x00}, 1_000_000))(t)
	}, fault.ErrLimit},
	{"a million empty tensors", func(t *testing.T) []byte {
		return field(7, bytes.Repeat([]byte{0x2a, 0x00}, 1_000_000))(t)
	}, fault.ErrLimit},
	{"ten million strings", func(t *testing.T) []byte {
		n := bytes.Repeat([]byte{0x0a, 0x00}, 10_000_000) // NodeProto.input
		return field(7, protowire.AppendBytes([]byte{0x0a}, n))(t)
	}, fault.ErrLimit},
	{"integers that grow eightfold", func(t *testing.T) []byte {
		v := make([]byte, maxIntData+1) // TensorProto.int64_data, packed
		tensor := protowire.AppendBytes([]byte{0x3a}, v)
		return field(7, protowire.AppendBytes([]byte{0x2a}, tensor))(t)
	}, fault.ErrLimit},
	{"raw data twice", func(t *testing.T) []byte {
		return field(7, protowire.AppendBytes([]byte{0x2a}, []byte{0x4a, 0, 0x4a, 0}))(t)
	}, fault.ErrMalformed},
}

func named(n int) model {
	m := good()
	m.Graph.Node[0].Name = proto.String(strings.Repeat("n", n))
	return m
}

func reluChain(n int) model {
	m := newModel(17)
	for i := range n {
		m.node("Relu", in2(link(i)), in2(link(i+1)))
	}
	m.Graph.Output[0].Name = proto.String(link(n))
	return m
}

func link(i int) string {
	if i == 0 {
		return "x"
	}
	return fmt.Sprint(i)
}

// weight is a Conv whose weight is t.
func weight(t *pb.TensorProto) func(*testing.T) []byte {
	t.Name = proto.String("w")
	if t.DataType == nil {
		t.DataType = proto.Int32(1)
	}
	return built(func() model { return newModel(17).init(t).op("Conv", in2("x", "w")) })
}

var hostileTensors = []hostile{
	{"dims overflow", weight(&pb.TensorProto{Dims: []int64{1 << 32, 1 << 32}}), fault.ErrLimit},
	{"dims overflow to zero", weight(&pb.TensorProto{Dims: []int64{1 << 62, 4, 1 << 62, 4}}), fault.ErrLimit},
	{"dims of 2^44 elements", weight(&pb.TensorProto{Dims: []int64{1 << 22, 1 << 22}, RawData: []byte{1}}), fault.ErrShape},
	{"negative dimension", weight(&pb.TensorProto{Dims: []int64{-1, 4, 3, 3}}), fault.ErrShape},
	{"two negative dimensions", weight(&pb.TensorProto{Dims: []int64{-2, -2}, RawData: make([]byte, 16)}), fault.ErrShape},
	{"rank 9", weight(&pb.TensorProto{Dims: slices.Repeat([]int64{1}, 9), RawData: make([]byte, 4)}), fault.ErrLimit},
	{"rank 1,000,000", weight(&pb.TensorProto{Dims: make([]int64, 1_000_000)}), fault.ErrLimit},
	{"less data than dims", weight(&pb.TensorProto{Dims: []int64{2, 4, 3, 3}, RawData: make([]byte, 4*71)}), fault.ErrShape},
	{"more data than dims", weight(&pb.TensorProto{Dims: []int64{2, 4, 3, 3}, RawData: make([]byte, 4*73)}), fault.ErrShape},
	{"no data", weight(&pb.TensorProto{Dims: []int64{2, 4, 3, 3}}), fault.ErrShape},
	{"typed and raw data", weight(&pb.TensorProto{Dims: []int64{1}, RawData: make([]byte, 4), Int64Data: []int64{1}}), fault.ErrMalformed},
	{"data in another type's field", weight(&pb.TensorProto{Dims: []int64{2}, DataType: proto.Int32(7), FloatData: []float32{1, 2, 3, 4}}), fault.ErrMalformed},
	{"strings", weight(&pb.TensorProto{Dims: []int64{1}, DataType: proto.Int32(8), StringData: [][]byte{{1}}}), fault.ErrUnsupported},
	{"float16", weight(&pb.TensorProto{Dims: []int64{1}, DataType: proto.Int32(10), RawData: []byte{0, 0}}), fault.ErrUnsupported},
	{"element type 0", weight(&pb.TensorProto{Dims: []int64{1}, DataType: proto.Int32(0)}), fault.ErrMalformed},
	{"element type 99", weight(&pb.TensorProto{Dims: []int64{1}, DataType: proto.Int32(99)}), fault.ErrMalformed},
	{"element type -1", weight(&pb.TensorProto{Dims: []int64{1}, DataType: proto.Int32(-1)}), fault.ErrMalformed},
	{"segment", weight(&pb.TensorProto{Dims: []int64{1}, Segment: &pb.TensorProto_Segment{}, FloatData: []float32{1}}), fault.ErrUnsupported},
	{"external data without a folder", weight(&pb.TensorProto{Dims: []int64{1}, DataLocation: pb.TensorProto_EXTERNAL.Enum(),
		ExternalData: []*pb.StringStringEntryProto{{Key: proto.String("location"), Value: proto.String("w.bin")}}}), fault.ErrUnsupported},
	{"sparse weight", built(func() model {
		return good().with(func(g *pb.GraphProto) { g.SparseInitializer = []*pb.SparseTensorProto{{}} })
	}), fault.ErrUnsupported},
	{"input is a sequence", built(func() model {
		return good().with(func(g *pb.GraphProto) {
			g.Input[0].Type = &pb.TypeProto{Value: &pb.TypeProto_SequenceType{SequenceType: &pb.TypeProto_Sequence{}}}
		})
	}), fault.ErrUnsupported},
	{"input without a type", built(func() model {
		return good().with(func(g *pb.GraphProto) { g.Input[0].Type = nil })
	}), fault.ErrUnsupported},
	{"input of 2^60 elements", built(func() model { return good().input(1<<20, 1<<20, 1<<20) }), fault.ErrLimit},
	{"input with a negative extent", built(func() model { return good().input(0, 3, -8, 8) }), fault.ErrShape},
	{"input with free channels", built(func() model { return good().input(1, 0, 8, 8) }), fault.ErrUnsupported},
}

var hostileGraphs = []hostile{
	{"no graph", built(func() model {
		m := newModel(17)
		m.Graph = nil
		return m
	}), fault.ErrModel},
	{"no outputs", built(func() model { return good().with(func(g *pb.GraphProto) { g.Output = nil }) }), fault.ErrModel},
	{"output of nothing", built(func() model { return newModel(17) }), fault.ErrModel},
	{"node without outputs", built(func() model { return newModel(17).node("Relu", in2("x"), nil) }), fault.ErrModel},
	{"cycle", built(func() model {
		return newModel(17).node("Add", in2("x", "b"), in2("a")).node("Relu", in2("a"), in2("b")).op("Relu", in2("b"))
	}), fault.ErrModel},
	{"node that reads itself", built(func() model { return newModel(17).op("Add", in2("x", "y")) }), fault.ErrModel},
	{"undefined input", built(func() model { return newModel(17).op("Relu", in2("nothing")) }), fault.ErrModel},
	{"absent input", built(func() model { return newModel(17).op("Relu", in2("")) }), fault.ErrModel},
	{"too few inputs", built(func() model { return newModel(17).op("Conv", in2("x")) }), fault.ErrModel},
	{"too many inputs", built(func() model { return newModel(17).op("Relu", in2("x", "x")) }), fault.ErrModel},
	{"two nodes with one output", built(func() model {
		return good().op("Sigmoid", in2("x"))
	}), fault.ErrModel},
	{"node writes an input", built(func() model { return good().node("Relu", in2("y"), in2("x")) }), fault.ErrModel},
	{"initializer twice", built(func() model { return convModel().floats("w", 1) }), fault.ErrModel},
	{"initializer without a name", built(func() model { return good().floats("", 1) }), fault.ErrModel},
	{"input twice", built(func() model {
		return good().with(func(g *pb.GraphProto) { g.Input = append(g.Input, declare("x", 1)) })
	}), fault.ErrModel},
	{"control characters in names", built(func() model {
		m := newModel(17).op("\x1b[2JRelu", in2("x"))
		m.Graph.Node[0].Name = proto.String("\x1b]0;owned\x07")
		return m
	}), fault.ErrUnsupported},
	{"unknown operator", built(func() model { return newModel(17).op("Frobnicate", in2("x")) }), fault.ErrUnsupported},
	{"subgraph", built(func() model {
		return newModel(17).op("If", in2("x"), &pb.AttributeProto{Name: proto.String("then_branch"), Type: pb.AttributeProto_GRAPH.Enum(), G: &pb.GraphProto{}})
	}), fault.ErrUnsupported},
	{"foreign domain", built(func() model {
		m := good()
		m.Graph.Node[0].Domain = proto.String("com.example")
		return m
	}), fault.ErrUnsupported},
	{"rows of the batch are mixed", built(func() model {
		return newModel(17).op("Transpose", in2("x"), intsAttr("perm", []int{1, 0, 2, 3}))
	}), fault.ErrUnsupported},
	{"mean over the batch", built(func() model { return newModel(17).op("ReduceMean", in2("x")) }), fault.ErrUnsupported},
}

// attr is a convolution or pooling with one bad attribute.
func attr(op string, a ...*pb.AttributeProto) func(*testing.T) []byte {
	return built(func() model {
		m := newModel(17).floats("w", 2, 4, 3, 3)
		switch op {
		case "Conv":
			return m.op(op, in2("x", "w"), a...)
		case "BatchNormalization":
			return m.floats("s", 4).floats("t", 3).op(op, in2("x", "s", "s", "s", "t"), a...)
		}
		return m.op(op, in2("x"), a...)
	})
}

func kernel(k ...int) *pb.AttributeProto { return intsAttr("kernel_shape", k) }

var hostileAttributes = []hostile{
	{"group 0", attr("Conv", intAttr("group", 0)), fault.ErrShape},
	{"group -1", attr("Conv", intAttr("group", -1)), fault.ErrShape},
	{"group 3", attr("Conv", intAttr("group", 3)), fault.ErrShape},
	{"stride 0", attr("Conv", intsAttr("strides", []int{0, 1})), fault.ErrShape},
	{"stride -2^63", attr("Conv", intsAttr("strides", []int{math.MinInt64, 1})), fault.ErrShape},
	{"dilation 2^62", attr("Conv", intsAttr("dilations", []int{1 << 62, 1 << 62})), fault.ErrShape},
	{"kernel larger than the picture", attr("MaxPool", kernel(1<<20, 1<<20)), fault.ErrShape},
	{"kernel 2^31", attr("MaxPool", kernel(1<<31, 1)), fault.ErrShape},
	{"kernel 0", attr("AveragePool", kernel(0, 0)), fault.ErrShape},
	{"kernel of another rank", attr("MaxPool", kernel(2)), fault.ErrShape},
	{"kernel unlike the weight", attr("Conv", kernel(5, 5)), fault.ErrShape},
	{"no kernel", attr("MaxPool"), fault.ErrModel},
	{"pads 2^31", attr("Conv", intsAttr("pads", []int{1 << 31, 0, 0, 0})), fault.ErrShape},
	{"pads -1", attr("Conv", intsAttr("pads", []int{-1, 0, 0, 0})), fault.ErrShape},
	{"three pads", attr("Conv", intsAttr("pads", []int{0, 0, 0})), fault.ErrShape},
	{"pool padding beyond its window", attr("MaxPool", kernel(2, 2), intsAttr("pads", []int{2, 0, 0, 0})), fault.ErrShape},
	{"auto_pad unknown", attr("Conv", stringAttr("auto_pad", "SOMEHOW")), fault.ErrModel},
	{"axis out of range", attr("Softmax", intAttr("axis", 4)), fault.ErrShape},
	{"axis -2^63", attr("Flatten", intAttr("axis", math.MinInt64)), fault.ErrShape},
	{"permutation with a repeat", attr("Transpose", intsAttr("perm", []int{0, 1, 1, 3})), fault.ErrShape},
	{"permutation of another rank", attr("Transpose", intsAttr("perm", []int{0, 1})), fault.ErrShape},
	{"statistics of another length", attr("BatchNormalization"), fault.ErrShape},
	{"epsilon -1", attr("BatchNormalization", floatAttr("epsilon", -1)), fault.ErrModel},
	{"epsilon NaN", attr("BatchNormalization", floatAttr("epsilon", float32(math.NaN()))), fault.ErrModel},
	{"slope infinite", attr("LeakyRelu", floatAttr("alpha", float32(math.Inf(1)))), fault.ErrModel},
	{"LRN size 0", attr("LRN", intAttr("size", 0)), fault.ErrModel},
	{"LRN size 2^40", attr("LRN", intAttr("size", 1<<40)), fault.ErrLimit},
	{"attribute of another type", attr("Softmax", floatAttr("axis", 1)), fault.ErrModel},
	{"attribute twice", attr("Softmax", intAttr("axis", 1), intAttr("axis", 1)), fault.ErrModel},
	{"attribute unknown", attr("Relu", intAttr("limit", 6)), fault.ErrModel},
	{"attribute without a name", attr("Relu", intAttr("", 6)), fault.ErrModel},
	{"split of the wrong sum", built(func() model {
		return newModel(17).ints("s", 1, 2).node("Split", in2("x", "s"), in2("y", "z"), intAttr("axis", 1))
	}), fault.ErrShape},
	{"split that overflows", built(func() model {
		return newModel(17).ints("s", math.MaxInt64, -math.MaxInt64+4).node("Split", in2("x", "s"), in2("y", "z"), intAttr("axis", 1))
	}), fault.ErrShape},
	{"split into 2^40", attr("Split", intAttr("num_outputs", 1<<40)), fault.ErrShape},
	{"slice step 0", built(func() model {
		return newModel(17).ints("b", 0).ints("e", 1).ints("a", 1).ints("s", 0).op("Slice", in2("x", "b", "e", "a", "s"))
	}), fault.ErrModel},
	{"slice of one axis twice", built(func() model {
		return newModel(17).ints("b", 0, 0).ints("e", 1, 1).ints("a", 1, -3).op("Slice", in2("x", "b", "e", "a"))
	}), fault.ErrShape},
	{"slice with lists of two lengths", built(func() model {
		return newModel(17).ints("b", 0, 1).ints("e", 1).op("Slice", in2("x", "b", "e"))
	}), fault.ErrModel},
	{"pad by 2^40", built(func() model {
		return newModel(17).ints("p", 0, 0, 1<<40, 0, 0, 0, 0, 0).op("Pad", in2("x", "p"))
	}), fault.ErrLimit},
	{"pad away more than there is", built(func() model {
		return newModel(17).ints("p", 0, 0, -9, 0, 0, 0, 0, 0).op("Pad", in2("x", "p"))
	}), fault.ErrShape},
	{"reshape to another size", built(func() model { return newModel(17).ints("s", 0, 255).op("Reshape", in2("x", "s")) }), fault.ErrShape},
	{"reshape with two unknowns", built(func() model { return newModel(17).ints("s", -1, -1).op("Reshape", in2("x", "s")) }), fault.ErrShape},
	{"reshape that overflows", built(func() model { return newModel(17).ints("s", 0, 1<<62, 4, 256).op("Reshape", in2("x", "s")) }), fault.ErrShape},
	{"squeeze of an axis that is not 1", built(func() model { return newModel(17).ints("a", 1).op("Squeeze", in2("x", "a")) }), fault.ErrShape},
	{"unsqueeze to rank 9", built(func() model { return newModel(17).ints("a", 1, 2, 3, 4, 5).op("Unsqueeze", in2("x", "a")) }), fault.ErrLimit},
	{"Dropout ratio 2", built(func() model { return newModel(7).op("Dropout", in2("x"), floatAttr("ratio", 2)) }), fault.ErrModel},
	{"Gemm of other sizes", built(func() model {
		return newModel(17).floats("w", 7, 5).node("Flatten", in2("x"), in2("f")).op("Gemm", in2("f", "w"))
	}), fault.ErrShape},
	{"images that do not broadcast", built(func() model { return newModel(17).floats("w", 5, 1, 1).op("Add", in2("x", "w")) }), fault.ErrShape},
	{"concat of other sizes", built(func() model {
		return newModel(17).ints("b", 1).ints("e", 8).ints("a", 2).node("Slice", in2("x", "b", "e", "a"), in2("c")).op("Concat", in2("x", "c"), intAttr("axis", 1))
	}), fault.ErrShape},
}

// constants is a chain on constants whose result is the output.
func constants(f func(m model) model) func(*testing.T) []byte {
	return built(func() model { return f(newModel(17)) })
}

// doubling applies op to a constant of n ones and itself k times.
func doubling(op string, n int64, k int, attrs ...*pb.AttributeProto) func(*testing.T) []byte {
	return constants(func(m model) model {
		m = m.ints("n", n).node("ConstantOfShape", in2("n"), in2("c0"))
		for i := range k {
			c := fmt.Sprintf("c%d", i)
			m = m.node(op, in2(c, c), in2(fmt.Sprintf("c%d", i+1)), attrs...)
		}
		return m.op("Identity", in2(fmt.Sprintf("c%d", k)))
	})
}

var hostileAmplification = []hostile{
	{"ConstantOfShape 2^60", constants(func(m model) model {
		return m.ints("n", 1<<30, 1<<30).op("ConstantOfShape", in2("n"))
	}), fault.ErrLimit},
	{"ConstantOfShape 32 GB", constants(func(m model) model {
		return m.ints("n", 8<<30).op("ConstantOfShape", in2("n"))
	}), fault.ErrLimit},
	{"ConstantOfShape negative", constants(func(m model) model { return m.ints("n", -5).op("ConstantOfShape", in2("n")) }), fault.ErrShape},
	{"Expand to 2^60", constants(func(m model) model {
		return m.floats("c", 1).ints("n", 1<<30, 1<<30).op("Expand", in2("c", "n"))
	}), fault.ErrLimit},
	{"Tile to 2^60", constants(func(m model) model {
		return m.floats("c", 1<<10).ints("n", 1<<50).op("Tile", in2("c", "n"))
	}), fault.ErrLimit},
	{"Tile negative", constants(func(m model) model { return m.floats("c", 2).ints("n", -1).op("Tile", in2("c", "n")) }), fault.ErrLimit},
	{"Range of 2^62", constants(func(m model) model {
		return m.scalar("a", 0).scalar("b", 1<<62).scalar("c", 1).op("Range", in2("a", "b", "c"))
	}), fault.ErrLimit},
	{"Range by 0", constants(func(m model) model {
		return m.scalar("a", 0).scalar("b", 1).scalar("c", 0).op("Range", in2("a", "b", "c"))
	}), fault.ErrLimit},
	{"Pad of a constant, then a reduction of 2^34", constants(func(m model) model {
		return m.ints("n", 1<<34).node("ConstantOfShape", in2("n"), in2("c")).op("ReduceSum", in2("c"))
	}), fault.ErrLimit},
	{"x+x, 60 times over a million", doubling("Add", 1<<20, 60), fault.ErrLimit},
	{"concat with itself, 60 times", doubling("Concat", 1<<20, 60, intAttr("axis", 0)), fault.ErrLimit},
	{"division by zero", constants(func(m model) model { return m.scalar("a", 1).scalar("b", 0).op("Div", in2("a", "b")) }), fault.ErrModel},
	{"remainder by zero", constants(func(m model) model { return m.scalar("a", 1).scalar("b", 0).op("Mod", in2("a", "b")) }), fault.ErrModel},
	{"Gather beyond the end", constants(func(m model) model { return m.ints("a", 1, 2).scalar("b", 2).op("Gather", in2("a", "b")) }), fault.ErrShape},
	{"Gather at -2^63", constants(func(m model) model {
		return m.ints("a", 1, 2).scalar("b", math.MinInt64).op("Gather", in2("a", "b"))
	}), fault.ErrShape},
	{"addition of float and integer", constants(func(m model) model { return m.ints("a", 1).floats("b", 1).op("Add", in2("a", "b")) }), fault.ErrModel},
	{"And of floats", constants(func(m model) model { return m.floats("a", 1).op("And", in2("a", "a")) }), fault.ErrModel},
	{"Constant of nothing", constants(func(m model) model { return m.op("Constant", nil) }), fault.ErrModel},
	{"Constant of a string", constants(func(m model) model { return m.op("Constant", nil, stringAttr("value_string", "x")) }), fault.ErrUnsupported},
	{"Cast to type 77", constants(func(m model) model { return m.ints("a", 1).op("Cast", in2("a"), intAttr("to", 77)) }), fault.ErrMalformed},
	{"shape from floats", constants(func(m model) model { return m.floats("a", 2).op("Reshape", in2("x", "a")) }), fault.ErrModel},
	{"shape of a million entries", constants(func(m model) model {
		return m.ints("n", 1<<20).node("ConstantOfShape", in2("n"), in2("f")).node("Cast", in2("f"), in2("s"), intAttr("to", 7)).op("Reshape", in2("x", "s"))
	}), fault.ErrModel},
}

func opset(v int64) func(*testing.T) []byte {
	return built(func() model { m := newModel(v); return m.op("Relu", in2("x")) })
}

var hostileOpsets = []hostile{
	{"opset 0", opset(0), fault.ErrMalformed},
	{"opset -1", opset(-1), fault.ErrMalformed},
	{"opset 29", opset(MaxOpset + 1), fault.ErrUnsupported},
	{"opset 2^63-1", opset(math.MaxInt64), fault.ErrUnsupported},
	{"no opset", built(func() model { m := good(); m.OpsetImport = nil; return m }), fault.ErrUnsupported},
	{"opset twice", built(func() model { m := good(); m.OpsetImport = append(m.OpsetImport, m.OpsetImport[0]); return m }), fault.ErrModel},
	{"only a foreign opset", built(func() model { m := good(); m.OpsetImport[0].Domain = proto.String("ai.onnx.ml"); return m }), fault.ErrUnsupported},
	{"IR version 0", built(func() model { m := good(); m.IrVersion = proto.Int64(0); return m }), fault.ErrMalformed},
	{"IR version -1", built(func() model { m := good(); m.IrVersion = proto.Int64(-1); return m }), fault.ErrMalformed},
}

// What is at a limit is read.
func TestAtTheLimits(t *testing.T) {
	named(MaxName).must(t)
	m := reluChain(MaxNodes).must(t)
	require.Len(t, m.Graph.Nodes, MaxNodes)

	_, err := Parse(field(7, nested(MaxNesting))(t), Options{})
	require.NoError(t, err, "the innermost graphs hang on a node that no output needs")
}

// Every truncation and every flipped bit of a small file is refused or read, and
// what is read is a valid graph.
func TestMutations(t *testing.T) {
	data := convModel().bytes(t)
	check := func(b []byte) {
		m, err := Parse(b, Options{})
		if err == nil {
			require.NoError(t, m.Graph.Validate())
			return
		}
		require.Equal(t, fault.Model, fault.ClassOf(err), "%v", err)
	}
	for i := range data {
		check(data[:i])
	}
	for i := range data {
		for bit := range 8 {
			b := slices.Clone(data)
			b[i] ^= 1 << bit
			check(b)
		}
	}
}

// FuzzParse looks for a panic, a hang or an error without a class.
func FuzzParse(f *testing.F) {
	for _, h := range slices.Concat(hostileTensors, hostileGraphs, hostileAttributes, hostileAmplification, hostileOpsets) {
		if b := h.data(new(testing.T)); len(b) < 4096 {
			f.Add(b, false)
		}
	}
	f.Add(convModel().bytes(f), true)
	f.Add(good().bytes(f), true)
	f.Fuzz(func(t *testing.T, data []byte, exact bool) {
		start := time.Now()
		m, err := Parse(data, Options{Exact: exact})
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("took %v", took)
		}
		if err != nil {
			if fault.ClassOf(err) != fault.Model {
				t.Fatalf("class %v: %v", fault.ClassOf(err), err)
			}
			return
		}
		if err := m.Graph.Validate(); err != nil {
			t.Fatal(err)
		}
	})
}
