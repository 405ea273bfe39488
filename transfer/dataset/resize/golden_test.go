package resize

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// noise repeats noise() of testdata/golden.py.
func noise(w, h, seed int) []byte {
	x, out := uint32(seed), make([]byte, 0, 3*w*h)
	for i := range h {
		for j := range w {
			for c := range 3 {
				x = x*1664525 + 1013904223
				out = append(out, byte((i*(3+c)+j*(5-c))/2+int(x>>26)))
			}
		}
	}
	return out
}

type goldenCase struct {
	Src     [3]int // width, height, seed
	Filter  Filter
	Out     [2]int // width, height
	Size    int
	Crop    int
	Resized [2]int
	SHA256  string // pillow.json: the first 24 digits
	Zlib    string
}

func load(t *testing.T, name string, into any) {
	b, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, into))
}

func sum(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }

// Expected bytes: Pillow, version in the file, made by testdata/golden.py.
func TestPillowBytes(t *testing.T) {
	var g struct{ Resize, Torchvision []goldenCase }
	load(t, "pillow.json", &g)
	require.Len(t, g.Resize, 8*6*5)
	var s Scratch
	lanczos := 0 // sines of two libraries differ in the last bit: a weight may round the other way
	equal := func(c goldenCase, dst []byte) {
		got := sum(dst)[:24]
		if c.Filter == Lanczos && c.SHA256 != got {
			lanczos++
			return
		}
		require.Equal(t, c.SHA256, got, "%+v", c)
	}
	for _, c := range g.Resize {
		w, h := c.Src[0], c.Src[1]
		dst := make([]byte, 3*c.Out[0]*c.Out[1])
		s.Run(dst, 3*c.Out[0], &Job{Src: noise(w, h, c.Src[2]), Stride: 3 * w, Crop: Rect{0, 0, w, h},
			ScaleX: float64(w) / float64(c.Out[0]), ScaleY: float64(h) / float64(c.Out[1]),
			Out: Rect{0, 0, c.Out[0], c.Out[1]}, Filter: c.Filter, Antialias: true})
		equal(c, dst)
	}
	require.Len(t, g.Torchvision, 7*3*6)
	for _, c := range g.Torchvision {
		dst := make([]byte, 3*c.Crop*c.Crop)
		for i := range dst {
			dst[i] = 99 // stale bytes must not show through padding
		}
		spec := Spec{Torchvision, c.Size, c.Filter, true, c.Crop, c.Crop}
		spec.Apply(dst, noise(c.Src[0], c.Src[1], c.Src[2]), c.Src[0], c.Src[1], &s)
		equal(c, dst)
	}
	require.LessOrEqual(t, lanczos, 1, "of 82 Lanczos pictures")
}

// Expected bytes: ONNX Runtime, version in the file: float Resize, Round, Clip.
func TestONNXBytes(t *testing.T) {
	var g struct {
		Resize []goldenCase
		Sizes  [][5]int // w, h, size, resized w, resized h
	}
	load(t, "onnx.json", &g)
	var s Scratch
	same, values, equal := 0, 0, 0
	for _, c := range g.Resize {
		w, h := c.Src[0], c.Src[1]
		spec := Spec{ONNX, c.Size, c.Filter, true, c.Crop, c.Crop}
		geo := spec.Geometry(w, h)
		require.Equal(t, [2]int{geo.W, geo.H}, c.Resized, "%+v", c.Src)
		dst := make([]byte, 3*c.Crop*c.Crop)
		spec.Apply(dst, noise(w, h, c.Src[2]), w, h, &s)
		if c.Zlib == "" {
			if c.SHA256 == sum(dst) {
				same++
			}
			continue
		}
		z, err := base64.StdEncoding.DecodeString(c.Zlib)
		require.NoError(t, err)
		r, err := zlib.NewReader(bytes.NewReader(z))
		require.NoError(t, err)
		want, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Len(t, dst, len(want))
		for i := range want {
			require.InDelta(t, want[i], dst[i], 1, "%+v at %d", c.Src, i)
			values++
			if want[i] == dst[i] {
				equal++
			}
		}
	}
	t.Logf("whole pictures byte-equal to ONNX Runtime: %d; single values: %d of %d", same, equal, values)
	require.GreaterOrEqual(t, float64(equal), 0.998*float64(values))
	for _, c := range g.Sizes {
		geo := Spec{Rule: ONNX, Size: c[2], CropH: 1, CropW: 1}.Geometry(c[0], c[1])
		require.Equal(t, [2]int{c[3], c[4]}, [2]int{geo.W, geo.H}, "%v", c)
	}
}
