package onnx

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

// computedWeight is a weight [k c] from mean + step·((i·a + b) mod 65521 − 32760).
func computedWeight(k, c int64) model {
	return newModel(13).input(0, c).
		scalar("start", 0).scalar("n", k*c).scalar("one", 1).scalar("a", 40503).scalar("b", 77).scalar("p", 65521).scalar("h", 32760).
		init(float("step", 1e-5)).init(float("mean", 0.25)).ints("shape", k, c).
		node("Range", in2("start", "n", "one"), in2("i")).node("Mul", in2("i", "a"), in2("ia")).node("Add", in2("ia", "b"), in2("iab")).
		node("Mod", in2("iab", "p"), in2("m")).node("Sub", in2("m", "h"), in2("d")).
		node("Cast", in2("d"), in2("f"), intAttr("to", 1)).node("Mul", in2("f", "step"), in2("fs")).
		node("Add", in2("fs", "mean"), in2("flat")).node("Reshape", in2("flat", "shape"), in2("w"))
}

func computedAt(i int) float32 {
	d := (i*40503+77)%65521 - 32760
	p := float32(d) * 1e-5
	return p + 0.25
}

// A large computed weight is not held; any piece of it can be asked for.
func TestLazyWeight(t *testing.T) {
	m := computedWeight(1<<14, 1<<12).op("Gemm", in2("x", "w"), intAttr("transB", 1)).must(t)
	w := m.Graph.Value("w")
	require.IsType(t, &Lazy{}, w.Data)
	require.EqualValues(t, 4<<26, m.LazyBytes)
	require.Less(t, m.FoldedBytes, int64(4096))
	n := w.Shape.Len()
	for _, at := range []int{0, 1, 4095, 4096, 1<<20 + 3, n - 5000, n - 1} {
		got := make([]float32, min(5000, n-at))
		require.NoError(t, w.Data.Fill(got, at))
		for i, v := range got {
			require.Equal(t, computedAt(at+i), v, "element %d", at+i)
		}
	}
	require.ErrorIs(t, w.Data.Fill(make([]float32, 2), n-1), fault.ErrInternal)
	require.ErrorIs(t, w.Data.Fill(make([]float32, 1), -1), fault.ErrInternal)
}

// A small one is computed at import.
func TestSmallComputedWeight(t *testing.T) {
	m := computedWeight(10, 7).op("Gemm", in2("x", "w"), intAttr("transB", 1)).must(t)
	w, ok := m.Graph.Value("w").Data.(*graph.Tensor)
	require.True(t, ok)
	for i, v := range w.F32 {
		require.Equal(t, computedAt(i), v)
	}
	require.Zero(t, m.LazyBytes)
}

// Views of a lazy weight give what a tensor computed step by step gives.
func TestLazyViews(t *testing.T) {
	const k, c = 300, 170
	at := func(i, j int) float32 { return computedAt(i*c + j) }
	list := func(m model) model {
		return m.ints("from", 290, 3).ints("to", 10, 160).ints("ax", 0, 1).ints("st", -7, 5).ints("pick", 2, -1, 0).ints("reps", 2, 1).ints("wide", 3, k, c)
	}
	for _, v := range []struct {
		name  string
		node  func(m model) model
		shape graph.Shape
		want  func(p []int) float32
	}{
		{"Transpose", func(m model) model { return m.op("Transpose", in2("w")) }, graph.Shape{c, k}, func(p []int) float32 { return at(p[1], p[0]) }},
		{"Slice", func(m model) model { return m.op("Slice", in2("w", "from", "to", "ax", "st")) }, graph.Shape{40, 32}, func(p []int) float32 { return at(290-7*p[0], 3+5*p[1]) }},
		{"Gather", func(m model) model { return m.op("Gather", in2("w", "pick"), intAttr("axis", 1)) }, graph.Shape{k, 3}, func(p []int) float32 { return at(p[0], []int{2, c - 1, 0}[p[1]]) }},
		{"Tile", func(m model) model { return m.op("Tile", in2("w", "reps")) }, graph.Shape{2 * k, c}, func(p []int) float32 { return at(p[0]%k, p[1]) }},
		{"Expand", func(m model) model { return m.op("Expand", in2("w", "wide")) }, graph.Shape{3, k, c}, func(p []int) float32 { return at(p[1], p[2]) }},
		{"Concat", func(m model) model { return m.op("Concat", in2("w", "w"), intAttr("axis", 1)) }, graph.Shape{k, 2 * c}, func(p []int) float32 { return at(p[0], p[1]%c) }},
		{"Split", func(m model) model { return m.node("Split", in2("w"), in2("left", "y"), intAttr("axis", 1)) }, graph.Shape{k, c / 2}, func(p []int) float32 { return at(p[0], p[1]+c/2) }},
		{"Where", func(m model) model {
			return m.init(float("q", 0.25)).node("Less", in2("w", "q"), in2("low")).op("Where", in2("low", "q", "w"))
		}, graph.Shape{k, c}, func(p []int) float32 { return max(0.25, at(p[0], p[1])) }},
	} {
		t.Run(v.name, func(t *testing.T) {
			m, err := v.node(list(computedWeight(k, c))).parse(t, Options{})
			require.NoError(t, err)
			d := m.last().In[0].Data
			require.Equal(t, v.shape, d.Type().Shape)
			whole, err := graph.Load(d)
			require.NoError(t, err)
			strides := v.shape.Strides()
			for i, got := range whole.F32 {
				p, k := make([]int, len(strides)), i
				for a, st := range strides {
					p[a], k = k/st, k%st
				}
				require.Equal(t, v.want(p), got, "element %v", p)
			}
			r := rand.New(rand.NewPCG(1, 2))
			for range 20 {
				from := r.IntN(whole.Len())
				part := make([]float32, r.IntN(whole.Len()-from)+1)
				require.NoError(t, d.Fill(part, from))
				require.Equal(t, whole.F32[from:from+len(part)], part)
			}
		})
	}
}

// Typed fields of every element type, as old files hold them, and raw bytes.
func TestTensorForms(t *testing.T) {
	for _, c := range []struct {
		p    *pb.TensorProto
		want []float64
	}{
		{&pb.TensorProto{DataType: proto.Int32(1), FloatData: []float32{1.5, -2}}, []float64{1.5, -2}},
		{&pb.TensorProto{DataType: proto.Int32(11), DoubleData: []float64{1.5, -2}}, []float64{1.5, -2}},
		{&pb.TensorProto{DataType: proto.Int32(7), Int64Data: []int64{1 << 40, -2}}, []float64{1 << 40, -2}},
		{&pb.TensorProto{DataType: proto.Int32(6), Int32Data: []int32{7, -2}}, []float64{7, -2}},
		{&pb.TensorProto{DataType: proto.Int32(3), Int32Data: []int32{127, 128}}, []float64{127, -128}},
		{&pb.TensorProto{DataType: proto.Int32(2), Int32Data: []int32{255, -1}}, []float64{255, 255}},
		{&pb.TensorProto{DataType: proto.Int32(9), Int32Data: []int32{0, 5}}, []float64{0, 1}},
		{&pb.TensorProto{DataType: proto.Int32(1), RawData: []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0}}, []float64{1, -2}},
		{&pb.TensorProto{DataType: proto.Int32(7), RawData: []byte{1, 0, 0, 0, 0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, []float64{1, -2}},
		{&pb.TensorProto{DataType: proto.Int32(6), RawData: []byte{1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff}}, []float64{1, -2}},
		{&pb.TensorProto{DataType: proto.Int32(3), RawData: []byte{1, 0xfe}}, []float64{1, -2}},
		{&pb.TensorProto{DataType: proto.Int32(2), RawData: []byte{1, 0xfe}}, []float64{1, 254}},
		{&pb.TensorProto{DataType: proto.Int32(9), RawData: []byte{0, 7}}, []float64{0, 1}},
	} {
		c.p.Dims, c.p.Name = []int64{2}, proto.String("t")
		data, err := proto.Marshal(c.p)
		require.NoError(t, err)
		x, name, err := ParseTensor(data)
		require.NoError(t, err)
		require.Equal(t, "t", name)
		require.Equal(t, c.want, []float64{x.At(0), x.At(1)}, "%v", c.p)
	}
}
