package transfer

import (
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
)

// npy builds a file by NumPy's format description: magic, version, length, header
// padded with spaces and ended by a newline, data.
func npy(version byte, header string, data []byte) []byte {
	b := append([]byte("\x93NUMPY"), version, 0)
	if version == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(header)))
	}
	return append(append(b, header...), data...)
}

func npyHead(descr, order, shape string) string {
	return fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }    \n", descr, order, shape)
}

func writeNPY(t *testing.T, file string, x []float32, shape ...int) {
	t.Helper()
	var data []byte
	for _, v := range x {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	dims := strings.Trim(strings.ReplaceAll(fmt.Sprint(shape), " ", ", "), "[]") + ","
	require.NoError(t, os.WriteFile(file, npy(1, npyHead("<f4", "False", dims), data), 0o600))
}

func TestReadNPY(t *testing.T) {
	f8 := binary.LittleEndian.AppendUint64(nil, math.Float64bits(1.5))
	i8 := binary.LittleEndian.AppendUint64(nil, uint64(1<<40))
	f4 := []byte{0, 0, 0xc0, 0x3f} // 1.5
	for _, c := range []struct {
		name  string
		file  []byte
		shape graph.Shape
		want  float64
	}{
		{"float32", npy(1, npyHead("<f4", "False", "1,"), f4), graph.Shape{1}, 1.5},
		{"float64", npy(1, npyHead("<f8", "False", "1, 1"), f8), graph.Shape{1, 1}, 1.5},
		{"int64", npy(1, npyHead("<i8", "False", "1,"), i8), graph.Shape{1}, 1 << 40},
		{"version 2", npy(2, npyHead("<f4", "False", "1,"), f4), graph.Shape{1}, 1.5},
		{"scalar", npy(1, npyHead("<f4", "False", ""), f4), nil, 1.5},
		{"one dimension in Fortran order", npy(1, npyHead("<f4", "True", "1,"), f4), graph.Shape{1}, 1.5},
	} {
		x, err := parseNPY(c.file)
		require.NoError(t, err, c.name)
		require.True(t, c.shape.Equal(x.Shape), c.name)
		require.Equal(t, c.want, x.At(0), c.name)
	}
}

func TestReadNPYRefuses(t *testing.T) {
	f4 := []byte{0, 0, 0xc0, 0x3f}
	for name, file := range map[string][]byte{
		"empty":             nil,
		"not numpy":         []byte("PK\x03\x04 a zip file"),
		"version 9":         npy(9, npyHead("<f4", "False", "1,"), f4),
		"cut in the header": npy(1, npyHead("<f4", "False", "1,"), f4)[:20],
		"cut version 2":     npy(2, "", nil)[:11],
		"cut in the data":   npy(1, npyHead("<f4", "False", "2,"), f4),
		"data left over":    npy(1, npyHead("<f4", "False", "1,"), append(f4, 0)),
		"big endian":        npy(1, npyHead(">f4", "False", "1,"), f4),
		"objects":           npy(1, npyHead("|O", "False", "1,"), f4),
		"Fortran order":     npy(1, npyHead("<f4", "True", "1, 1"), f4),
		"no shape":          npy(1, "{'descr': '<f4', 'fortran_order': False}\n", f4),
		"huge shape":        npy(1, npyHead("<f4", "False", "4611686018427387904, 4"), f4),
		"number too long":   npy(1, npyHead("<f4", "False", strings.Repeat("9", 30)), f4),
		"rank 9":            npy(1, npyHead("<f4", "False", "1,1,1,1,1,1,1,1,1"), f4),
		"header 4 GiB":      append(npy(2, "", nil)[:8], 0xff, 0xff, 0xff, 0xff),
	} {
		path := filepath.Join(t.TempDir(), "x.npy")
		require.NoError(t, os.WriteFile(path, file, 0o600))
		_, err := readNPY(path)
		require.ErrorIs(t, err, fault.ErrUsage, name)
		require.ErrorContains(t, err, "array not read", name)
	}
	_, err := readNPY(t.TempDir())
	require.ErrorContains(t, err, "not a regular file")
}

func FuzzNPY(f *testing.F) {
	f.Add(npy(1, npyHead("<f4", "False", "1,"), []byte{0, 0, 0xc0, 0x3f}))
	f.Add(npy(2, npyHead("<i8", "True", ""), nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if x, err := parseNPY(b); err == nil {
			require.LessOrEqual(t, x.Len()*4, len(b))
		}
	})
}
