package neon_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/neon"
	p "github.com/gotl-gpu/gotl-gpu/graph/pickle/pickletest"
)

// array is a float32 ndarray as numpy pickles it under Python 2.
func array(x []float32, dims ...any) p.Call { return typed("f4", "<", raw(x), dims...) }

func typed(name, order, data string, dims ...any) p.Call {
	dtype := p.Call{Fn: "numpy dtype", Args: p.Tuple{p.Str(name), 0, 1}, State: p.Tuple{3, p.Str(order), nil, nil, nil, -1, -1, 0}}
	return p.Call{Fn: "numpy.core.multiarray _reconstruct", Args: p.Tuple{p.Global("numpy ndarray"), p.Tuple{0}, p.Str("b")},
		State: p.Tuple{1, p.Tuple(dims), dtype, false, p.Str(data)}}
}

func raw(x []float32) string {
	var b []byte
	for _, v := range x {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return string(b)
}

type entries = []p.Entry

// node is a layer of the file.
func node(kind string, config, params entries) entries {
	return entries{{Key: "type", Value: "neon.layers.layer." + kind}, {Key: "config", Value: config}, {Key: "params", Value: params}}
}

func container(kind string, extra entries, layers ...any) entries {
	return entries{{Key: "type", Value: "neon.layers.container." + kind}, {Key: "container", Value: true},
		{Key: "config", Value: append(extra, p.Entry{Key: "layers", Value: layers})}}
}

func activation(kind string, config ...p.Entry) entries {
	return node("Activation", entries{{Key: "transform", Value: entries{{Key: "type", Value: "neon.transforms.activation." + kind}, {Key: "config", Value: config}}}}, nil)
}

// file is a saved model with an input (c, h, w).
func file(c, h, w int, mode string, layers ...any) []byte {
	return p.Dump(entries{{Key: "neon_version", Value: "2.6.0"}, {Key: "backend", Value: entries{{Key: "compat_mode", Value: mode}}},
		{Key: "train_input_shape", Value: p.Tuple{c, h, w}}, {Key: "model", Value: container("Sequential", nil, layers...)}})
}

func parse(b []byte) (*neon.Model, error) {
	return neon.Parse(bytes.NewReader(b), int64(len(b)), neon.Options{})
}

// Expected values are worked by hand from neon's definitions.
func TestLayers(t *testing.T) {
	for _, c := range []struct {
		name    string
		file    []byte
		x, want []float32
	}{
		{"Linear and Bias", file(2, 1, 1, "neon", node("Linear", entries{{Key: "nout", Value: 2}}, entries{{Key: "W", Value: array([]float32{1, 2, 3, 4}, 2, 2)}}),
			node("Bias", nil, entries{{Key: "W", Value: array([]float32{10, 20}, 2, 1)}})), []float32{1, 2}, []float32{15, 31}},
		{"Bias alone", file(2, 1, 1, "neon", node("Bias", nil, entries{{Key: "W", Value: array([]float32{10, 20}, 2, 1)}})), []float32{1, 2}, []float32{11, 22}},
		{"Convolution is not flipped", file(1, 1, 2, "neon", node("Convolution", entries{{Key: "fshape", Value: p.Tuple{1, 2, 1}}},
			entries{{Key: "W", Value: array([]float32{1, 10}, 2, 1)}})), []float32{3, 4}, []float32{43}},
		{"Convolution with a dict of everything", file(1, 2, 2, "neon", node("Convolution", entries{
			{Key: "fshape", Value: entries{{Key: "R", Value: 1}, {Key: "S", Value: 2}, {Key: "K", Value: 1}}}, {Key: "strides", Value: entries{{Key: "str_h", Value: 1}, {Key: "str_w", Value: 2}}},
			{Key: "padding", Value: entries{{Key: "pad_h", Value: 0}, {Key: "pad_w", Value: 1}}}},
			entries{{Key: "W", Value: array([]float32{1, 10}, 2, 1)}})), []float32{1, 2, 3, 4}, []float32{10, 2, 30, 4}},
		{"BatchNorm, eps 1e-3", file(1, 1, 1, "neon", node("BatchNorm", nil, entries{{Key: "gamma", Value: array([]float32{2}, 1, 1)}, {Key: "beta", Value: array([]float32{5}, 1, 1)},
			{Key: "gmean", Value: array([]float32{1}, 1, 1)}, {Key: "gvar", Value: array([]float32{.008}, 1, 1)}})), []float32{4}, []float32{float32(2*3/math.Sqrt(.009) + 5)}},
		{"max pooling, strides as the window", file(1, 1, 5, "neon", node("Pooling", entries{{Key: "fshape", Value: p.Tuple{1, 2}}}, nil)), []float32{1, 5, 2, 3, 9}, []float32{5, 3}},
		{"max pooling of caffe rounds up", file(1, 1, 5, "caffe", node("Pooling", entries{{Key: "fshape", Value: p.Tuple{1, 2}}}, nil)), []float32{1, 5, 2, 3, 9}, []float32{5, 3, 9}},
		{"average without padding", file(1, 1, 3, "neon", node("Pooling", entries{{Key: "op", Value: "avg"}, {Key: "fshape", Value: entries{{Key: "R", Value: 1}, {Key: "S", Value: 2}}},
			{Key: "padding", Value: entries{{Key: "pad_w", Value: 1}}}}, nil)), []float32{4, 6, 8}, []float32{4, 7}},
		{"maximum of all", file(1, 1, 3, "neon", node("Pooling", entries{{Key: "fshape", Value: "all"}}, nil)), []float32{4, 8, 6}, []float32{8}},
		{"Dropout keeps half", file(2, 1, 1, "neon", node("Dropout", nil, nil)), []float32{1, 2}, []float32{.5, 1}},
		{"Dropout keeps 0.8", file(2, 1, 1, "neon", node("Dropout", entries{{Key: "keep", Value: .8}}, nil)), []float32{1, 2}, []float32{.8, 1.6}},
		{"Dropout of caffe", file(2, 1, 1, "caffe", node("Dropout", nil, nil)), []float32{1, 2}, []float32{1, 2}},
		{"LRN", file(1, 1, 1, "neon", node("LRN", entries{{Key: "depth", Value: 5}, {Key: "ascale", Value: 2.5}, {Key: "bpower", Value: .5}}, nil)), []float32{4}, []float32{4. / 3}},
		{"Rectlin", file(2, 1, 1, "neon", activation("Rectlin")), []float32{-2, 3}, []float32{0, 3}},
		{"Rectlin with a slope", file(2, 1, 1, "neon", activation("Rectlin", p.Entry{Key: "slope", Value: .25})), []float32{-2, 3}, []float32{-.5, 3}},
		{"Rectlinclip", file(2, 1, 1, "neon", activation("Rectlinclip")), []float32{-2, 30}, []float32{0, 20}},
		{"Rectlinclip with a slope", file(2, 1, 1, "neon", activation("Rectlinclip", p.Entry{Key: "slope", Value: .5}, p.Entry{Key: "xcut", Value: 2})), []float32{-2, 30}, []float32{-1, 2}},
		{"Tanh", file(1, 1, 1, "neon", activation("Tanh")), []float32{1}, []float32{float32(math.Tanh(1))}},
		{"Logistic", file(1, 1, 1, "neon", activation("Logistic")), []float32{0}, []float32{.5}},
		{"Softmax", file(2, 1, 1, "neon", node("Linear", nil, entries{{Key: "W", Value: array([]float32{1, 0, 0, 1}, 2, 2)}}), activation("Softmax")), []float32{0, float32(math.Log(3))}, []float32{.25, .75}},
		{"MergeSum with a skip", file(1, 1, 2, "neon", container("MergeSum", nil, container("Sequential", nil, activation("Rectlin")), container("Sequential", nil, node("SkipNode", nil, nil)))),
			[]float32{-1, 2}, []float32{-1, 4}},
		{"MergeBroadcast", file(1, 1, 2, "neon", container("MergeBroadcast", entries{{Key: "merge", Value: "depth"}}, activation("Rectlin"), node("SkipNode", nil, nil))),
			[]float32{-1, 2}, []float32{0, 2, -1, 2}},
		{"half precision", file(1, 1, 1, "neon", node("Linear", nil, entries{{Key: "W", Value: typed("f2", "<", "\x00\x3e", 1, 1)}})), []float32{2}, []float32{3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := parse(c.file)
			require.NoError(t, err)
			got := run(t, m.Graph, c.x)
			require.Len(t, got, len(c.want))
			for i := range c.want {
				require.InDelta(t, c.want[i], got[i], 1e-6)
			}
		})
	}
}

func TestFortranOrder(t *testing.T) {
	w := array([]float32{1, 3, 2, 4}, 2, 2)
	w.State.(p.Tuple)[3] = true
	m, err := parse(file(2, 1, 1, "neon", node("Linear", nil, entries{{Key: "W", Value: w}})))
	require.NoError(t, err)
	require.Equal(t, []float32{1, 2, 3, 4}, m.Graph.Consts[0].Data.(*graph.Tensor).F32)
}

func zipped(b []byte) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write(b) // to memory
	_ = w.Close()
	return z.Bytes()
}

func TestGzip(t *testing.T) {
	plain := file(1, 1, 1, "neon", activation("Tanh"))
	path := filepath.Join(t.TempDir(), "net.prm.gz")
	require.NoError(t, os.WriteFile(path, zipped(plain), 0o600))
	m, err := neon.Read(path, neon.Options{Batch: 3})
	require.NoError(t, err)
	require.Equal(t, path, m.Path)
	require.Equal(t, graph.Shape{3, 1, 1, 1}, m.Graph.Outputs[0].Shape)
}

var relu = activation("Rectlin")

// deep nests containers.
func deep(n int) any {
	var v any = relu
	for range n {
		v = container("Sequential", nil, v)
	}
	return v
}

// laughs uses a container twice in the next one, again and again.
func laughs() []byte {
	v := any(p.Raw(append(p.Dump(container("Sequential", nil, relu))[2:len(p.Dump(container("Sequential", nil, relu)))-1], "q\x07"...)))
	for range 20 {
		d := p.Dump(container("Sequential", nil, v, p.Raw("h\x07")))
		v = p.Raw(append(d[2:len(d)-1], "q\x07"...))
	}
	return file(1, 1, 1, "neon", v)
}

var hostile = []struct {
	name string
	data []byte
	want error
	text string
}{
	{"empty", nil, fault.ErrMalformed, ""},
	{"os.system", p.Dump(p.Call{Fn: "os system", Args: p.Tuple{"touch pwned"}}), fault.ErrUnsupported, `pickle global "os.system" refused, nothing executed`},
	{"os.system in a weight", file(1, 1, 1, "neon", node("Linear", nil, entries{{Key: "W", Value: p.Call{Fn: "os system", Args: p.Tuple{"touch pwned"}}}})), fault.ErrUnsupported, "os.system"},
	{"numpy's loader", p.Dump(p.Call{Fn: "numpy load", Args: p.Tuple{"x.npy"}}), fault.ErrUnsupported, "numpy.load"},
	{"another codec", p.Dump(p.Call{Fn: "_codecs encode", Args: p.Tuple{"x", "zlib"}}), fault.ErrUnsupported, ""},
	{"a class below ndarray", p.Dump(p.Call{Fn: "numpy.core.multiarray _reconstruct", Args: p.Tuple{p.Global("numpy dtype"), p.Tuple{0}, "b"}}), fault.ErrUnsupported, ""},
	{"no dict", p.Dump(3), fault.ErrMalformed, ""},
	{"no model", p.Dump(entries{{Key: "neon_version", Value: "2"}}), fault.ErrMalformed, ""},
	{"neon 1.0", p.Dump(entries{{Key: "layer_params_states", Value: []any{1}}}), fault.ErrUnsupported, "1.0 or 1.1"},
	{"no input shape", p.Dump(entries{{Key: "model", Value: container("Sequential", nil, relu)}}), fault.ErrUnsupported, "train_input_shape"},
	{"input 0", file(0, 1, 1, "neon", relu), fault.ErrMalformed, ""},
	{"input of 2^60", file(1<<20, 1<<20, 1<<20, "neon", relu), fault.ErrMalformed, ""},
	{"no layers", file(1, 1, 1, "neon"), fault.ErrMalformed, ""},
	{"unknown type", file(1, 1, 1, "neon", node("Recurrent", nil, nil)), fault.ErrUnsupported, `neon layer type "Recurrent" `},
	{"unknown transform", file(1, 1, 1, "neon", activation("Explin")), fault.ErrUnsupported, "Explin"},
	{"weight of another shape", file(2, 8, 8, "neon", node("Convolution", entries{{Key: "name", Value: "c2"}, {Key: "fshape", Value: p.Tuple{3, 3, 6}}},
		entries{{Key: "W", Value: array(make([]float32, 270), 45, 6)}})), fault.ErrShape, `neon layer "c2" (#0, Convolution): shape mismatch: W is (45,6); input (2,8,8) with fshape (3,3,6) needs (18,6)`},
	{"no weight", file(1, 1, 1, "neon", node("Linear", nil, nil)), fault.ErrModel, ""},
	{"bias of another length", file(1, 1, 1, "neon", node("Bias", nil, entries{{Key: "W", Value: array([]float32{1, 2}, 2, 1)}})), fault.ErrShape, ""},
	{"array too short", file(1, 1, 1, "neon", node("Linear", nil, entries{{Key: "W", Value: typed("f4", "<", "abc", 1, 1)}})), fault.ErrMalformed, ""},
	{"array of 2^80", file(1, 1, 1, "neon", node("Linear", nil, entries{{Key: "W", Value: typed("f4", "<", "abcd", 1<<40, 1<<40)}})), fault.ErrLimit, ""},
	{"array of rank 9", file(1, 1, 1, "neon", node("Linear", nil, entries{{Key: "W", Value: typed("f4", "<", "abcd", 1, 1, 1, 1, 1, 1, 1, 1, 1)}})), fault.ErrLimit, ""},
	{"array of -1", file(1, 1, 1, "neon", node("Linear", nil, entries{{Key: "W", Value: typed("f4", "<", "abcd", -1)}})), fault.ErrMalformed, ""},
	{"big-endian array", file(1, 1, 1, "neon", node("Linear", nil, entries{{Key: "W", Value: typed("f4", ">", "abcd", 1, 1)}})), fault.ErrUnsupported, ""},
	{"array of objects", file(1, 1, 1, "neon", node("Linear", nil, entries{{Key: "W", Value: typed("O8", "|", "abcd", 1, 1)}})), fault.ErrUnsupported, ""},
	{"window beyond the picture", file(1, 2, 2, "neon", node("Pooling", entries{{Key: "fshape", Value: 3}}, nil)), fault.ErrShape, ""},
	{"window of 0", file(1, 2, 2, "neon", node("Pooling", entries{{Key: "fshape", Value: 0}}, nil)), fault.ErrShape, ""},
	{"stride of 2^40", file(1, 2, 2, "neon", node("Pooling", entries{{Key: "fshape", Value: 1}, {Key: "strides", Value: 1 << 40}}, nil)), fault.ErrUnsupported, ""},
	{"padding beyond the window", file(1, 2, 2, "neon", node("Pooling", entries{{Key: "fshape", Value: 1}, {Key: "padding", Value: 1 << 20}}, nil)), fault.ErrShape, ""},
	{"keep of 0", file(1, 1, 1, "neon", node("Dropout", entries{{Key: "keep", Value: 0}}, nil)), fault.ErrModel, ""},
	{"LRN of even depth", file(1, 1, 1, "neon", node("LRN", entries{{Key: "depth", Value: 4}}, nil)), fault.ErrUnsupported, ""},
	{"merge of times", file(1, 1, 1, "neon", container("MergeBroadcast", entries{{Key: "merge", Value: "recurrent"}}, relu)), fault.ErrUnsupported, ""},
	{"sum of nothing", file(1, 1, 1, "neon", container("MergeSum", nil)), fault.ErrMalformed, ""},
	{"name of 1,025 bytes", file(1, 1, 1, "neon", node("SkipNode", entries{{Key: "name", Value: strings.Repeat("n", 1025)}}, nil)), fault.ErrLimit, ""},
	{"containers 100 deep", file(1, 1, 1, "neon", deep(100)), fault.ErrLimit, ""},
	{"two million layers of few", laughs(), fault.ErrLimit, ""},
	{"gzip cut off", zipped(file(1, 1, 1, "neon", relu))[:40], fault.ErrMalformed, ""},
	{"gzip of 1 GB of nothing", zipped(append([]byte("\x80\x02X\xff\xff\xff\x3f"), make([]byte, 200<<20)...)), fault.ErrLimit, ""},
}

// Every hostile file gives a typed error of the class "model" that names the file,
// within a second and 64 MB + 2·file of memory, and nothing is executed.
func TestHostile(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			require.NoError(t, os.WriteFile("net.prm", h.data, 0o600))
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := neon.Read("net.prm", neon.Options{})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			require.ErrorIs(t, err, h.want)
			require.ErrorContains(t, err, h.text)
			require.Equal(t, fault.Model, fault.ClassOf(err))
			require.Contains(t, fault.Format(err), "net.prm")
			require.Less(t, took, slack*time.Second)
			require.Less(t, after.Sys-before.Sys, uint64(64<<20+2*len(h.data)), "memory taken from the system")
		})
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing was executed")
}

func FuzzParse(f *testing.F) {
	for _, h := range hostile {
		if len(h.data) < 4<<10 {
			f.Add(h.data)
		}
	}
	f.Add(file(2, 4, 4, "caffe", node("Convolution", entries{{Key: "fshape", Value: p.Tuple{1, 1, 3}}}, entries{{Key: "W", Value: array(make([]float32, 6), 2, 3)}}),
		relu, node("Pooling", entries{{Key: "fshape", Value: "all"}, {Key: "op", Value: "avg"}}, nil)))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parse(b)
		if err != nil {
			require.Equal(t, fault.Model, fault.ClassOf(err), "%v", err)
			return
		}
		require.NoError(t, m.Graph.Validate())
	})
}
