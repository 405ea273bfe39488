package onnx

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

// external is a model whose bias [4] lies in another file.
func external(kv ...string) model {
	t := &pb.TensorProto{Name: proto.String("b"), DataType: proto.Int32(1), Dims: []int64{4, 1, 1}, DataLocation: pb.TensorProto_EXTERNAL.Enum()}
	for i := 0; i < len(kv); i += 2 {
		t.ExternalData = append(t.ExternalData, &pb.StringStringEntryProto{Key: &kv[i], Value: &kv[i+1]})
	}
	return newModel(17).init(t).op("Add", in2("x", "b"))
}

// modelFolder writes a model and weights.bin with the floats 0, 1, ... 7, in a folder
// whose neighbour holds secret.bin.
func modelFolder(t *testing.T, m model) (path string) {
	outer := t.TempDir()
	dir := filepath.Join(outer, "net")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "sub"), 0o755))
	var b bytes.Buffer
	for i := range 8 {
		require.NoError(t, binary.Write(&b, binary.LittleEndian, float32(i)))
	}
	for _, name := range []string{"weights.bin", "sub/weights.bin", "../secret.bin"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644))
	}
	path = filepath.Join(dir, "net.onnx")
	require.NoError(t, os.WriteFile(path, m.bytes(t), 0o644))
	return path
}

func TestExternalData(t *testing.T) {
	for _, c := range []struct {
		kv   []string
		want []float32
	}{
		{[]string{"location", "weights.bin"}, []float32{0, 1, 2, 3}},
		{[]string{"location", "weights.bin", "offset", "8"}, []float32{2, 3, 4, 5}},
		{[]string{"location", "sub/weights.bin", "offset", "16", "length", "16"}, []float32{4, 5, 6, 7}},
		{[]string{"location", "weights.bin", "checksum", "abc", "basepath", "x"}, []float32{0, 1, 2, 3}},
	} {
		m, err := Read(modelFolder(t, external(c.kv...)), Options{})
		require.NoError(t, err, c.kv)
		require.Equal(t, c.want, m.Graph.Value("b").Data.(*graph.Tensor).F32)
	}
}

// A large tensor is read in pieces.
func TestExternalDataInPieces(t *testing.T) {
	path := modelFolder(t, newModel(17).input(0, 1<<10).init(&pb.TensorProto{Name: proto.String("w"), DataType: proto.Int32(1), Dims: []int64{1 << 10, 700},
		DataLocation: pb.TensorProto_EXTERNAL.Enum(), ExternalData: []*pb.StringStringEntryProto{{Key: proto.String("location"), Value: proto.String("big")}}}).
		op("Gemm", in2("x", "w")))
	b := make([]byte, 4*700<<10)
	for i := range 700 << 10 {
		binary.LittleEndian.PutUint32(b[4*i:], uint32(i))
	}
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(path), "big"), b, 0o644))
	m, err := Read(path, Options{})
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, Write(&out, m.Graph, Meta{}))
	require.True(t, bytes.Contains(out.Bytes(), b), "weights are the same bytes again")
}

func TestHostileExternalData(t *testing.T) {
	at := func(kv ...string) []string { return append([]string{"location", "weights.bin"}, kv...) }
	for name, c := range map[string]struct {
		kv   []string
		want error
	}{
		"absolute":                 {[]string{"location", "/etc/passwd"}, fault.ErrMalformed},
		"parent":                   {[]string{"location", "../secret.bin"}, fault.ErrMalformed},
		"parent inside":            {[]string{"location", "sub/../../secret.bin"}, fault.ErrMalformed},
		"parent that comes back":   {[]string{"location", "sub/../weights.bin"}, fault.ErrMalformed},
		"dot":                      {[]string{"location", "./weights.bin"}, fault.ErrMalformed},
		"trailing slash":           {[]string{"location", "weights.bin/"}, fault.ErrMalformed},
		"double slash":             {[]string{"location", "sub//weights.bin"}, fault.ErrMalformed},
		"empty":                    {[]string{"location", ""}, fault.ErrMalformed},
		"no location":              {[]string{"offset", "0"}, fault.ErrMalformed},
		"NUL":                      {[]string{"location", "weights.bin\x00.txt"}, fault.ErrMalformed},
		"backslash":                {[]string{"location", `sub\weights.bin`}, fault.ErrMalformed},
		"drive":                    {[]string{"location", "C:weights.bin"}, fault.ErrMalformed},
		"folder":                   {[]string{"location", "sub"}, fault.ErrMalformed},
		"file as folder":           {[]string{"location", "weights.bin/x"}, fault.ErrMalformed},
		"missing":                  {[]string{"location", "nothing.bin"}, fault.ErrModel},
		"long":                     {[]string{"location", strings.Repeat("a", 2000)}, fault.ErrLimit},
		"symbolic link to outside": {[]string{"location", "link"}, fault.ErrMalformed},
		"symbolic link to inside":  {[]string{"location", "inner"}, fault.ErrMalformed},
		"symbolic link as folder":  {[]string{"location", "linkdir/weights.bin"}, fault.ErrMalformed},
		"hard link":                {[]string{"location", "hard"}, fault.ErrMalformed},
		"pipe":                     {[]string{"location", "pipe"}, fault.ErrMalformed},
		"negative offset":          {at("offset", "-4"), fault.ErrMalformed},
		"offset beyond the end":    {at("offset", "100"), fault.ErrMalformed},
		"offset 2^63-1":            {at("offset", strconv.Itoa(1<<63-1)), fault.ErrMalformed},
		"offset 2^64":              {at("offset", "18446744073709551616"), fault.ErrMalformed},
		"offset that is no number": {at("offset", "0x10"), fault.ErrMalformed},
		"too short behind offset":  {at("offset", "20"), fault.ErrMalformed},
		"length unlike dims":       {at("length", "12"), fault.ErrShape},
		"negative length":          {at("length", "-1"), fault.ErrMalformed},
		"unknown key":              {at("command", "rm"), fault.ErrMalformed},
		"key twice":                {at("location", "sub/weights.bin"), fault.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			path := modelFolder(t, external(c.kv...))
			dir := filepath.Dir(path)
			require.NoError(t, os.Symlink("../secret.bin", filepath.Join(dir, "link")))
			require.NoError(t, os.Symlink("weights.bin", filepath.Join(dir, "inner")))
			require.NoError(t, os.Symlink("sub", filepath.Join(dir, "linkdir")))
			require.NoError(t, os.Link(filepath.Join(dir, "../secret.bin"), filepath.Join(dir, "hard")))
			require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
			start := time.Now()
			_, err := Read(path, Options{})
			require.ErrorIs(t, err, c.want)
			require.Less(t, time.Since(start), time.Second)
		})
	}
}

// What is not a file of a network.
func TestReadErrors(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
	empty := filepath.Join(dir, "empty.onnx")
	require.NoError(t, os.WriteFile(empty, nil, 0o644))
	for path, want := range map[string]error{
		filepath.Join(dir, "missing.onnx"): fault.ErrModel,
		dir:                                fault.ErrModel,
		filepath.Join(dir, "pipe"):         fault.ErrModel,
		"/dev/zero":                        fault.ErrModel,
		empty:                              fault.ErrMalformed,
	} {
		_, err := Read(path, Options{})
		require.ErrorIs(t, err, want, path)
		require.Contains(t, fault.Format(err), filepath.Base(path))
	}
	sparse := filepath.Join(dir, "huge.onnx")
	require.NoError(t, os.WriteFile(sparse, nil, 0o644))
	require.NoError(t, os.Truncate(sparse, MaxFile+1))
	_, err := Read(sparse, Options{})
	require.ErrorIs(t, err, fault.ErrLimit)
}
