package weights_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	p "github.com/gotl-gpu/gotl-gpu/graph/pickle/pickletest"
	"github.com/gotl-gpu/gotl-gpu/graph/weights"
	wt "github.com/gotl-gpu/gotl-gpu/graph/weights/weightstest"
)

func read(b []byte) (*weights.Set, error) { return weights.Read(bytes.NewReader(b), int64(len(b))) }

// some are tensors of all ranks that a network has, and one without elements.
func some() []weights.Named {
	var ts []weights.Named
	for i, shape := range []graph.Shape{{2, 3, 3, 3}, {2}, {}, {4, 5}, {0, 7}, {70_000}} {
		t := graph.NewTensor(graph.Float32, shape...)
		for j := range t.F32 {
			t.F32[j] = float32(i) + float32(j)/7
		}
		ts = append(ts, weights.Named{Name: fmt.Sprintf("layer%d.é.weight", i), Data: t})
	}
	return ts
}

func safetensors(t testing.TB, ts []weights.Named, meta map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, weights.EncodeSafetensors(&b, ts, meta))
	return b.Bytes()
}

func equal(t *testing.T, want []weights.Named, s *weights.Set) {
	t.Helper()
	require.Len(t, s.Tensors(), len(want))
	for i, w := range want {
		require.Equal(t, w.Name, s.Names()[i])
		got, err := s.Get(w.Name).Load()
		require.NoError(t, err)
		require.Equal(t, w.Data, graph.Data(got))
	}
}

func TestContainersGiveWhatWasWritten(t *testing.T) {
	for name, b := range map[string][]byte{
		"safetensors": safetensors(t, some(), nil), "PyTorch zip": wt.Zip(some()), "PyTorch legacy": wt.Legacy(some()),
	} {
		s, err := read(b)
		require.NoError(t, err, name)
		require.Equal(t, name, s.Format)
		require.Empty(t, s.Notes)
		equal(t, some(), s)
	}
}

func TestPartOfATensor(t *testing.T) {
	s, err := read(wt.Zip(some()))
	require.NoError(t, err)
	x := make([]float32, 3)
	require.NoError(t, s.Get("layer5.é.weight").Fill(x, 69_990))
	require.Equal(t, []float32{5 + 69_990./7, 5 + 69_991./7, 5 + 69_992./7}, x)
	require.ErrorIs(t, s.Get("layer5.é.weight").Fill(x, 69_998), fault.ErrInternal)
	require.Nil(t, s.Get("layer6.é.weight"))
}

func TestMetadataAndOrderOfSafetensors(t *testing.T) {
	meta := map[string]string{"format": "pt", `quo"te`: "line\nbreak \u2028"}
	ts := []weights.Named{{Name: "b", Data: graph.Scalar(1)}, {Name: "a", Data: graph.Scalar(2)}}
	s, err := read(safetensors(t, ts, meta))
	require.NoError(t, err)
	require.Equal(t, meta, s.Meta)
	require.Equal(t, []string{"a", "b"}, s.Names())
	b := safetensors(t, ts, meta)
	require.Zero(t, binary.LittleEndian.Uint64(b)%8, "data are aligned")
}

// Every element type, by hand: bytes and the value they stand for.
func TestElementTypes(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		dtype string
		data  string
		want  []float32
	}{
		{"F64", "\x00\x00\x00\x00\x00\x00\xf8\x3f", []float32{1.5}},
		{"F32", "\x00\x00\xc0\x3f", []float32{1.5}},
		{"F16", "\x00\x3e\x00\xc0\xff\x7b\x01\x00\x00\x80\x00\x7c\xff\x03", []float32{1.5, -2, 65504, 0x1p-24, 0, inf, 1023 * 0x1p-24}},
		{"BF16", "\xc0\x3f\x80\xff", []float32{1.5, -inf}},
		{"I64", "\xfe\xff\xff\xff\xff\xff\xff\xff", []float32{-2}},
		{"I32", "\xfe\xff\xff\xff", []float32{-2}},
		{"I16", "\xfe\xff", []float32{-2}},
		{"I8", "\xfe", []float32{-2}},
		{"U64", "\xff\xff\xff\xff\xff\xff\xff\xff", []float32{0x1p64}},
		{"U32", "\x02\x00\x00\x80", []float32{0x1p31}},
		{"U16", "\xfe\xff", []float32{65534}},
		{"U8", "\xfe", []float32{254}},
		{"BOOL", "\x00\x01\xff", []float32{0, 1, 1}},
	} {
		head := fmt.Sprintf(`{"x":{"dtype":%q,"shape":[%d],"data_offsets":[0,%d]}}`, c.dtype, len(c.want), len(c.data))
		s, err := read(withHeader(head, c.data))
		require.NoError(t, err, c.dtype)
		x, err := s.Get("x").Load()
		require.NoError(t, err)
		require.Equal(t, c.want, x.F32, c.dtype)
		require.Equal(t, c.dtype, string(s.Get("x").Stored))
	}
}

func withHeader(head, data string) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(head)))
	return append(append(b, head...), data...)
}

// state wraps one storage of the numbers 0 to 5 and an object that uses it.
func state(object any) []byte {
	six := graph.FromF32([]float32{0, 1, 2, 3, 4, 5}, 6)
	return wt.Store([]wt.Entry{{Name: "m/data.pkl", Data: p.Dump(object)}, {Name: "m/data/0", Data: wt.Bytes(six)}})
}

func six() p.Persistent { return wt.Storage("FloatStorage", "0", 6, false) }

func dict(key string, v any) []p.Entry { return []p.Entry{{Key: key, Value: v}} }

// Strides as PyTorch writes them: a transposed tensor, a broadcast one, a slice, and
// two tensors on one storage.
func TestStrides(t *testing.T) {
	s, err := read(state([]p.Entry{
		{Key: "transposed", Value: wt.Rebuild(six(), 0, p.Tuple{3, 2}, p.Tuple{1, 3})},
		{Key: "broadcast", Value: wt.Rebuild(six(), 4, p.Tuple{3}, p.Tuple{0})},
		{Key: "slice", Value: wt.Rebuild(six(), 1, p.Tuple{2}, p.Tuple{3})},
		{Key: "ones", Value: wt.Rebuild(six(), 2, p.Tuple{1, 4, 1}, p.Tuple{77, 1, 9})},
		{Key: "parameter", Value: p.Call{Fn: "torch._utils _rebuild_parameter", Args: p.Tuple{wt.Rebuild(six(), 5, p.Tuple{}, p.Tuple{}), true, p.Call{Fn: "collections OrderedDict"}}}},
	}))
	require.NoError(t, err)
	for name, want := range map[string]*graph.Tensor{
		"transposed": graph.FromF32([]float32{0, 3, 1, 4, 2, 5}, 3, 2), "broadcast": graph.FromF32([]float32{4, 4, 4}, 3),
		"slice": graph.FromF32([]float32{1, 4}, 2), "ones": graph.FromF32([]float32{2, 3, 4, 5}, 1, 4, 1), "parameter": graph.FromF32([]float32{5}),
	} {
		got, err := s.Get(name).Load()
		require.NoError(t, err)
		require.Equal(t, want.F32, got.F32, name)
		require.True(t, want.Shape.Equal(got.Shape), name)
	}
	part := make([]float32, 2)
	require.NoError(t, s.Get("transposed").Fill(part, 3))
	require.Equal(t, []float32{4, 2}, part)
}

func TestUnwrapping(t *testing.T) {
	w := wt.Rebuild(six(), 0, p.Tuple{6}, p.Tuple{1})
	for name, c := range map[string]struct {
		object any
		names  []string
		note   string
	}{
		"bare":                {dict("w", w), []string{"w"}, ""},
		"state_dict":          {[]p.Entry{{Key: "epoch", Value: 3}, {Key: "state_dict", Value: dict("w", w)}}, []string{"w"}, `"state_dict"`},
		"beside a tensor":     {[]p.Entry{{Key: "loss", Value: w}, {Key: "model", Value: dict("w", w)}}, []string{"w"}, `"model"`},
		"twice":               {dict("model", dict("model_ema", dict("w", w))), []string{"w"}, `"model_ema"`},
		"model before ema":    {[]p.Entry{{Key: "model_ema", Value: dict("e", w)}, {Key: "model", Value: dict("w", w)}}, []string{"w"}, `"model"`},
		"DataParallel":        {[]p.Entry{{Key: "module.a", Value: w}, {Key: "module.b", Value: w}}, []string{"a", "b"}, `"module."`},
		"AveragedModel":       {[]p.Entry{{Key: "n_averaged", Value: w}, {Key: "module.b", Value: w}}, []string{"b"}, `"module."`},
		"only some":           {[]p.Entry{{Key: "module.a", Value: w}, {Key: "b", Value: w}}, []string{"module.a", "b"}, ""},
		"others are left out": {[]p.Entry{{Key: "w", Value: w}, {Key: "epoch", Value: 3}}, []string{"w"}, "1 entries are no tensors and left out: epoch"},
	} {
		s, err := read(state(c.object))
		require.NoError(t, err, name)
		require.Equal(t, c.names, s.Names(), name)
		if c.note == "" {
			require.Empty(t, s.Notes, name)
		} else {
			require.Contains(t, strings.Join(s.Notes, "\n"), c.note, name)
		}
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.safetensors")
	require.NoError(t, weights.WriteSafetensors(path, some(), nil))
	s, err := weights.Open(path)
	require.NoError(t, err)
	require.Equal(t, path, s.Path)
	equal(t, some(), s)
	require.NoError(t, s.Close())
	_, err = s.Get("layer0.é.weight").Load()
	require.Error(t, err)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file is left")
	for _, bad := range []string{dir, filepath.Join(dir, "none"), os.DevNull} {
		_, err := weights.Open(bad)
		require.ErrorIs(t, err, fault.ErrModel, bad)
		require.Contains(t, fault.Format(err), bad)
	}
}

func TestWriteErrors(t *testing.T) {
	dir := t.TempDir()
	require.ErrorIs(t, weights.WriteSafetensors(filepath.Join(dir, "no", "x"), some(), nil), fault.ErrStorage)
	twice := []weights.Named{{Name: "a", Data: graph.Scalar(1)}, {Name: "a", Data: graph.Scalar(1)}}
	path := filepath.Join(dir, "x")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	require.ErrorIs(t, weights.WriteSafetensors(path, twice, nil), fault.ErrInternal)
	old, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "old", string(old))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}
