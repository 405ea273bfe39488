package onnx_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/onnxtest"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// Importing, exporting and importing again gives the same network: operators,
// attributes, shapes, weights bit for bit, at two batch sizes. GOTL_KEEP names a
// folder that takes the written files, for other tools to judge.
func TestRoundTripAssets(t *testing.T) {
	root := onnxtest.Root(t)
	keep := os.Getenv("GOTL_KEEP")
	var passed, failed, refused int
	for _, pattern := range []string{"models/*/*.onnx", "conformance/real-exports/*.onnx", "conformance/training-traces/*.onnx"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		for _, f := range files {
			name := filepath.Base(filepath.Dir(f)) + "-" + filepath.Base(f)
			ok := t.Run(name, func(t *testing.T) {
				m, err := onnx.Read(f, onnx.Options{Batch: 2})
				if err != nil {
					require.ErrorIs(t, err, fault.ErrUnsupported)
					refused++
					return
				}
				most := int64(24 << 20)
				if testing.Short() {
					most = 1 << 20
				}
				if m.LazyBytes > most && keep == "" {
					t.Skip("computed weights of", m.LazyBytes>>20, "MB")
				}
				data := written(t, m.Graph)
				if keep != "" {
					require.NoError(t, os.WriteFile(filepath.Join(keep, name), data, 0o600))
				}
				for _, n := range []int{2, 5} {
					want, err := graph.Rebatch(m.Graph, n)
					require.NoError(t, err)
					again, err := onnx.Parse(data, onnx.Options{Batch: n})
					require.NoError(t, err)
					require.Zero(t, again.FixedBatch)
					require.EqualValues(t, 17, again.Opset)
					requireSameNet(t, want, again.Graph)
				}
				passed++
			})
			if !ok {
				failed++
			}
		}
	}
	t.Logf("%d passed, %d failed, %d refused", passed, failed, refused)
}

func written(t *testing.T, g *graph.Graph) []byte {
	var b bytes.Buffer
	require.NoError(t, onnx.Write(&b, g, onnx.Meta{Props: map[string]string{"gotl.classes": "a,b", "z": "1", "a": "2"}}))
	var again bytes.Buffer
	require.NoError(t, onnx.Write(&again, g, onnx.Meta{Props: map[string]string{"a": "2", "z": "1", "gotl.classes": "a,b"}}))
	require.True(t, bytes.Equal(b.Bytes(), again.Bytes()), "two writes differ")
	return b.Bytes()
}

// requireSameNet compares everything but Dropout and Identity, which are not written.
func requireSameNet(t *testing.T, want, got *graph.Graph) {
	require.Equal(t, lines(want), lines(got))
	require.Equal(t, types(want.Inputs), types(got.Inputs))
	require.Equal(t, types(want.Outputs), types(got.Outputs))
	a, b := weights(t, want), weights(t, got)
	for name, sum := range a {
		require.Equal(t, sum, b[name], name)
	}
}

func lines(g *graph.Graph) []string {
	names := map[*graph.Value]string{}
	var s []string
	for _, n := range g.Nodes {
		in := make([]string, len(n.In))
		for i, v := range n.In {
			if v == nil {
				continue
			}
			if in[i] = v.Name; names[v] != "" {
				in[i] = names[v]
			}
		}
		switch n.Op.(type) {
		case graph.Dropout, graph.Identity:
			if !slices.Contains(g.Outputs, n.Out[0]) {
				names[n.Out[0]] = in[0]
				continue
			}
		}
		s = append(s, strings.TrimSuffix(fmt.Sprintf("%s %+v %v -> %v", n, n.Op, in, n.Out), " "))
	}
	return s
}

func types(vs []*graph.Value) []string {
	var s []string
	for _, v := range vs {
		s = append(s, v.String())
	}
	return s
}

// weights hashes the constants that nodes read, bit by bit.
func weights(t *testing.T, g *graph.Graph) map[string]string {
	sums := map[string]string{}
	for v := range maps.Keys(g.Users()) {
		if v.Kind != graph.Const || v.DType != graph.Float32 {
			continue
		}
		x, err := graph.Load(v.Data)
		require.NoError(t, err)
		h := sha256.New()
		require.NoError(t, binary.Write(h, binary.LittleEndian, x.F32))
		sums[v.Name] = fmt.Sprintf("%v %x", v.Shape, h.Sum(nil))
	}
	return sums
}

// everyOp is a network that uses each operator a file can hold, with attributes
// that are not the defaults.
func everyOp(t *testing.T) *graph.Graph {
	g := graph.New()
	x := g.AddInput("x", graph.Type{DType: graph.Float32, Shape: graph.Shape{2, 4, 8, 8}}, true)
	add := func(name string, op graph.Op, in ...*graph.Value) *graph.Value {
		v, err := g.Add1(name, op, in...)
		require.NoError(t, err, name)
		return v
	}
	konst := func(name string, shape ...int) *graph.Value {
		k := graph.NewTensor(graph.Float32, shape...)
		for i := range k.F32 {
			k.F32[i] = float32(i%7)/7 + 0.125
		}
		return g.AddConst(name, k)
	}
	win := graph.Window{Kernel: []int{3, 2}, Stride: []int{1, 2}, Dilation: []int{2, 1}, PadBegin: []int{2, 0}, PadEnd: []int{1, 1}}
	v := add("conv", graph.Conv{Window: win, Groups: 2}, x, konst("w", 6, 2, 3, 2), konst("b", 6))
	v = add("bn", graph.BatchNorm{Eps: 1e-3, Keep: 0.75}, v, konst("scale", 6), konst("bias", 6), konst("mean", 6), konst("variance", 6))
	for i, a := range []graph.Act{{Fn: graph.Relu}, {Fn: graph.LeakyRelu, Alpha: 0.3}, {Fn: graph.Sigmoid}, {Fn: graph.Tanh}, {Fn: graph.Exp}, {Fn: graph.Log},
		{Fn: graph.HardSigmoid, Alpha: 0.25, Beta: 0.4}, {Fn: graph.HardSwish}, {Fn: graph.Clip, Alpha: -1, Beta: 5}} {
		v = add(fmt.Sprint("act", i), a, v)
	}
	v = add("lrn", graph.LRN{Size: 3, Alpha: 1e-2, Beta: 0.5, Bias: 2}, v)
	p := graph.Window{Kernel: []int{2, 2}, Stride: []int{2, 1}, Dilation: []int{1, 1}, PadBegin: []int{1, 0}, PadEnd: []int{0, 1}}
	m := add("max", graph.Pool{Window: p, Ceil: true}, v)
	a := add("avg", graph.Pool{Fn: graph.AveragePool, Window: p, Ceil: true, CountPad: true}, v)
	v = add("cat", graph.Concat{Axis: 1}, m, a)
	parts, err := g.Add("split", graph.Split{Axis: 1, Sizes: []int{5, 7}}, v)
	require.NoError(t, err)
	v = add("drop", graph.Dropout{P: 0.5}, parts[1])
	v = add("pad", graph.Pad{Begin: []int{0, 0, 1, 0}, End: []int{0, 0, 0, 2}, Value: 0.5}, v)
	v = add("edge", graph.Pad{Mode: graph.PadEdge, Begin: []int{0, 0, 0, 1}, End: []int{0, 0, 1, 0}}, v)
	v = add("slice", graph.Slice{Axes: []int{2, 3}, Start: []int{4, 0}, End: []int{0, 6}, Step: []int{-1, 2}}, v)
	v = add("turn", graph.Transpose{Perm: []int{0, 2, 3, 1}}, v)
	v = add("reshape", graph.Reshape{Shape: []int{0, 7, -1}}, v)
	v = add("soft", graph.Softmax{Axis: 2}, v)
	s := add("sum", graph.Reduce{Fn: graph.Sum, Axes: []int{2}, Keep: true}, v)
	e := add("expand", graph.Expand{Shape: graph.Shape{0, 7, 12}}, s)
	v = add("mul", graph.Binary{Fn: graph.Mul}, e, v)
	v = add("sub", graph.Binary{Fn: graph.Sub}, v, konst("k", 12))
	v = add("div", graph.Binary{Fn: graph.Div}, v, konst("k2", 7, 1))
	v = add("mean", graph.Reduce{Fn: graph.Mean, Axes: []int{1}}, v)
	gap := add("gap", graph.GlobalAveragePool{}, m)
	f := add("flat", graph.Flatten{Axis: 1}, gap)
	f = add("fc", graph.Gemm{TransB: true, Alpha: 0.5, Beta: 2}, f, konst("fw", 12, 6), konst("fb", 12))
	v = add("join", graph.Binary{Fn: graph.Add}, v, f)
	named := add("named", graph.Identity{}, v)
	konst("unused", 3)
	g.Outputs = []*graph.Value{v, named}
	return g
}

func TestWriteEveryOperator(t *testing.T) {
	g := everyOp(t)
	data := written(t, g)
	require.NotContains(t, string(data), "unused")
	if keep := os.Getenv("GOTL_KEEP"); keep != "" {
		require.NoError(t, os.WriteFile(filepath.Join(keep, "every-op.onnx"), data, 0o600))
	}
	m, err := onnx.Parse(data, onnx.Options{Batch: 2})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"gotl.classes": "a,b", "z": "1", "a": "2"}, m.Meta)
	require.Equal(t, "x f32[N 4 8 8]", m.Inputs[0].String())
	require.Equal(t, "join f32[N 12]", m.Outputs[0].String())
	a, b := outputs(t, g), outputs(t, m.Graph)
	require.Equal(t, a, b, "same operators, same numbers")
}

// outputs runs g on a ramp with the reference back end.
func outputs(t *testing.T, g *graph.Graph) [][]float32 {
	b := ref.New()
	x, err := b.Compile(&graph.Program{Graph: g}, graph.CompileOptions{})
	require.NoError(t, err)
	for _, v := range g.Inputs {
		require.NoError(t, x.Bind(v.Name, onnxtest.Ramp(v.Shape, 0)))
	}
	require.NoError(t, x.Step(context.Background()))
	var out [][]float32
	for _, v := range g.Outputs {
		y := graph.NewTensor(v.DType, v.Shape...)
		require.NoError(t, x.Read(v.Name, y))
		out = append(out, y.F32)
	}
	require.NoError(t, x.Close())
	return out
}

// A dilated average exists from opset 19 on.
func TestWriteRaisesOpset(t *testing.T) {
	g := graph.New()
	x := g.AddInput("x", graph.Type{DType: graph.Float32, Shape: graph.Shape{1, 1, 8, 8}}, true)
	w := graph.Window2D(2, 1, 0)
	w.Dilation = []int{2, 2}
	y, err := g.Add1("y", graph.Pool{Fn: graph.AveragePool, Window: w}, x)
	require.NoError(t, err)
	g.Outputs = []*graph.Value{y}
	m, err := onnx.Parse(written(t, g), onnx.Options{})
	require.NoError(t, err)
	require.EqualValues(t, 19, m.Opset)
	requireSameNet(t, g, m.Graph)
}

// NaN payloads, infinities, denormals and minus zero stay as they are.
func TestWriteKeepsBits(t *testing.T) {
	bits := []uint32{0x7fc00001, 0xffc12345, 0x7f800000, 0xff800000, 1, 0x80000000, 0x3f800001}
	g := graph.New()
	x := g.AddInput("x", graph.Type{DType: graph.Float32, Shape: graph.Shape{1, len(bits)}}, true)
	k := graph.NewTensor(graph.Float32, len(bits))
	for i, b := range bits {
		k.F32[i] = math.Float32frombits(b)
	}
	y, err := g.Add1("y", graph.Binary{Fn: graph.Add}, x, g.AddState("k", k))
	require.NoError(t, err)
	g.Outputs = []*graph.Value{y}
	m, err := onnx.Parse(written(t, g), onnx.Options{})
	require.NoError(t, err)
	got, err := graph.Load(m.Graph.Value("k").Data)
	require.NoError(t, err)
	for i, b := range bits {
		require.Equal(t, b, math.Float32bits(got.F32[i]))
	}
}

func TestWriteRefuses(t *testing.T) {
	g := graph.New()
	x := g.AddInput("x", graph.Type{DType: graph.Float32, Shape: graph.Shape{2, 3}}, true)
	y, err := g.Add1("y", graph.Blend{Keep: 0.5, Scale: 1}, x, x)
	require.NoError(t, err)
	g.Outputs = []*graph.Value{y}
	require.ErrorIs(t, onnx.Write(&bytes.Buffer{}, g, onnx.Meta{}), fault.ErrUnsupported)

	big := graph.New()
	x = big.AddInput("x", graph.Type{DType: graph.Float32, Shape: graph.Shape{1, 1 << 15}}, true)
	y, err = big.Add1("y", graph.Gemm{Alpha: 1}, x, big.AddConst("w", huge{1 << 15, 1 << 14}))
	require.NoError(t, err)
	big.Outputs = []*graph.Value{y}
	err = onnx.Write(&bytes.Buffer{}, big, onnx.Meta{})
	require.ErrorIs(t, err, fault.ErrUnsupported)
	require.ErrorContains(t, err, "1536 MiB")
}

// huge claims a weight without holding it.
type huge struct{ rows, cols int }

func (h huge) Type() graph.Type {
	return graph.Type{DType: graph.Float32, Shape: graph.Shape{h.rows, h.cols}}
}
func (huge) Fill(dst []float32, _ int) error { clear(dst); return nil }

// A write error comes back as it is.
func TestWriteError(t *testing.T) {
	require.ErrorIs(t, onnx.Write(brokenPipe{}, everyOp(t), onnx.Meta{}), os.ErrClosed)
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }
