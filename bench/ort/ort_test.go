package ort

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
)

// msg builds a protobuf message field by field; numbers are those of onnx.proto.
type msg []byte

func (m msg) num(field protowire.Number, v uint64) msg {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), v)
}

func (m msg) sub(field protowire.Number, b []byte) msg {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), b)
}

func (m msg) str(field protowire.Number, s string) msg { return m.sub(field, []byte(s)) }

// value describes name as a tensor of elem with dims; 0 stands for a free batch.
func value(name string, elem uint64, dims ...uint64) msg {
	var shape msg
	for _, d := range dims {
		if d == 0 {
			shape = shape.sub(1, msg{}.str(2, "N"))
			continue
		}
		shape = shape.sub(1, msg{}.num(1, d))
	}
	return msg{}.str(1, name).sub(2, msg{}.sub(1, msg{}.num(1, elem).sub(2, shape)))
}

func node(op, out string, in ...string) msg {
	var m msg
	for _, s := range in {
		m = m.str(1, s)
	}
	return m.str(2, out).str(4, op)
}

// sample is y = x + x (f32), v = u (u8), l = k + k (i64).
func sample() []byte {
	g := msg{}.sub(1, node("Add", "y", "x", "x")).sub(1, node("Identity", "v", "u")).sub(1, node("Add", "l", "k", "k")).str(2, "g")
	for _, in := range []msg{value("x", 1, 0, 2), value("u", 2, 3), value("k", 7)} {
		g = g.sub(11, in)
	}
	for _, out := range []msg{value("y", 1, 0, 2), value("v", 2, 3), value("l", 7)} {
		g = g.sub(12, out)
	}
	return msg{}.num(1, 8).sub(7, g).sub(8, msg{}.num(2, 17))
}

func TestSession(t *testing.T) {
	Need(t)
	v, err := Version()
	require.NoError(t, err)
	t.Log("ONNX Runtime", v)
	path := filepath.Join(t.TempDir(), "sample.onnx")
	require.NoError(t, os.WriteFile(path, sample(), 0o600))
	s, err := Open(path)
	require.NoError(t, err)
	defer s.Close()
	require.Equal(t, []Info{{"x", graph.Float32, []int{-1, 2}}, {"u", graph.Uint8, []int{3}}, {"k", graph.Int64, []int{}}}, s.Inputs())
	require.Equal(t, []Info{{"y", graph.Float32, []int{-1, 2}}, {"v", graph.Uint8, []int{3}}, {"l", graph.Int64, []int{}}}, s.Outputs())
	u := graph.NewTensor(graph.Uint8, 3)
	copy(u.U8, []uint8{0, 128, 255})
	in := map[string]*graph.Tensor{
		"x": graph.FromF32([]float32{1, 2, -3, 0.5}, 2, 2), "u": u, "k": graph.FromI64([]int64{1 << 40}),
	}
	for range 3 {
		out, err := s.Run(in)
		require.NoError(t, err)
		require.Equal(t, []float32{2, 4, -6, 1}, out["y"].F32)
		require.Equal(t, graph.Shape{2, 2}, out["y"].Shape)
		require.Equal(t, u.U8, out["v"].U8)
		require.Equal(t, []int64{1 << 41}, out["l"].I64)
		require.Empty(t, out["l"].Shape)
	}
	require.Equal(t, []float32{1, 2, -3, 0.5}, in["x"].F32, "inputs are left alone")
}

func TestSessionErrors(t *testing.T) {
	Need(t)
	_, err := OpenBytes([]byte("no model"))
	require.ErrorContains(t, err, "ort: model: ")
	_, err = Open(filepath.Join(t.TempDir(), "none.onnx"))
	require.ErrorContains(t, err, "none.onnx")
	s, err := OpenBytes(sample(), Threads(2))
	require.NoError(t, err)
	_, err = s.Run(map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, 1, 2)})
	require.ErrorContains(t, err, `input "u" is missing`)
	_, err = s.Run(map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, 1, 3), "u": graph.NewTensor(graph.Uint8, 3), "k": graph.FromI64([]int64{1})})
	require.ErrorContains(t, err, "ort: run: ")
	s.Close()
	s.Close()
	_, err = s.Run(nil)
	require.ErrorContains(t, err, "closed")
}

// Element types whose memory differs from Go's come back as they went.
func TestStoreFetch(t *testing.T) {
	for _, d := range dtypeOf {
		c := &call{}
		a, b := graph.NewTensor(d, 5), graph.NewTensor(d, 5)
		for i := range 5 {
			a.Set(i, float64(i*20))
		}
		p := c.alloc(5 * d.Size())
		store(p, a, 5)
		fetch(b, p, 5)
		c.free()
		require.Equal(t, a, b, d.String())
	}
}

func TestAvailable(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(EnvPath, dir)
	_, err := Available()
	require.ErrorIs(t, err, ErrNone)
	require.ErrorContains(t, err, "looked in "+dir)
	file := filepath.Join(dir, "libonnxruntime.so.1")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	got, err := Available()
	require.NoError(t, err)
	require.Equal(t, file, got)
	t.Setenv(EnvPath, file)
	got, err = Available()
	require.NoError(t, err)
	require.Equal(t, file, got)
}
