package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/jpeg"
)

type matrixFile struct {
	Name string
	File []byte
	Size [2]int
	RGB  []byte
	Kind string
}

// matrix lists the pictures of testdata/golden.py; RGB is Pillow's result.
func matrix(t testing.TB) []matrixFile {
	b, err := os.ReadFile("testdata/matrix.json")
	require.NoError(t, err)
	var g struct{ Files []matrixFile }
	require.NoError(t, json.Unmarshal(b, &g))
	for i := range g.Files {
		r, err := zlib.NewReader(bytes.NewReader(g.Files[i].RGB))
		require.NoError(t, err)
		g.Files[i].RGB, err = io.ReadAll(r)
		require.NoError(t, err)
	}
	return g.Files
}

var allFormats = Options{BMP: true, TIFF: true}

// Bars: equal bytes where the format fixes them; JPEG within 1 of 255 with
// libjpeg-turbo. Go's decoder rounds and upsamples otherwise: mean below 6.
func TestMatrix(t *testing.T) {
	files := matrix(t)
	require.GreaterOrEqual(t, len(files), 60)
	turbo := strings.HasPrefix(jpeg.Decoder(), "libjpeg")
	for _, f := range files {
		t.Run(f.Name, func(t *testing.T) {
			p, err := Decode(f.File, nil, allFormats)
			require.NoError(t, err)
			require.Equal(t, [2]int{p.W, p.H}, f.Size)
			require.Len(t, p.Pix, len(f.RGB))
			worst, sum := 0, 0
			for i := range f.RGB {
				d := max(int(f.RGB[i]), int(p.Pix[i])) - min(int(f.RGB[i]), int(p.Pix[i]))
				worst, sum = max(worst, d), sum+d
			}
			switch {
			case f.Kind == "exact":
				require.Zero(t, worst)
			case turbo:
				require.LessOrEqual(t, worst, 1)
			default:
				require.LessOrEqual(t, float64(sum), 6*float64(len(f.RGB)))
			}
		})
	}
	require.Zero(t, jpeg.Live())
}

// Every cut of every file must be an error or, where only bytes after the
// pixels are missing, the same picture; Tail must see every cut JPEG.
func TestTruncated(t *testing.T) {
	for _, f := range matrix(t) {
		h, err := Probe(bytes.NewReader(f.File), int64(len(f.File)), allFormats)
		require.NoError(t, err, f.Name)
		for n := range len(f.File) {
			cut := f.File[:n]
			p, err := Decode(cut, nil, allFormats)
			if err == nil {
				require.Equal(t, [2]int{p.W, p.H}, f.Size, "%s at %d", f.Name, n)
			} else {
				require.Equal(t, fault.Data, fault.ClassOf(err), "%s at %d: %v", f.Name, n, err)
			}
			if h.Format == JPEG && int64(n) > h.body && !strings.Contains(f.Name, "trailing") {
				require.Error(t, err, "%s at %d of %d", f.Name, n, len(f.File))
				tail := NewTail(h)
				_, _ = tail.Write(cut)
				require.ErrorIs(t, tail.Err(), fault.ErrCorrupt, "%s at %d", f.Name, n)
			}
		}
	}
	require.Zero(t, jpeg.Live())
}

func TestTailInAnyPieces(t *testing.T) {
	for _, f := range matrix(t) {
		h, err := Probe(bytes.NewReader(f.File), int64(len(f.File)), allFormats)
		require.NoError(t, err)
		for _, step := range []int{1, 2, 3, 5, 7, 64, 1 << 20} {
			tail := NewTail(h)
			for b := f.File; len(b) > 0; b = b[min(step, len(b)):] {
				_, _ = tail.Write(b[:min(step, len(b))])
			}
			require.NoError(t, tail.Err(), "%s in steps of %d", f.Name, step)
		}
	}
}

func TestAnimatedIsTold(t *testing.T) {
	for _, f := range matrix(t) {
		h, err := Probe(bytes.NewReader(f.File), int64(len(f.File)), allFormats)
		require.NoError(t, err)
		want := strings.Contains(f.Name, "animated") || f.Name == "apng"
		require.Equal(t, want, h.Animated || f.Name == "gif animated", f.Name)
	}
}

func TestIgnoreEXIF(t *testing.T) {
	for _, f := range matrix(t) {
		if f.Name == "exif 6" {
			p, err := Decode(f.File, nil, Options{IgnoreEXIF: true})
			require.NoError(t, err)
			require.Equal(t, [2]int{f.Size[1], f.Size[0]}, [2]int{p.W, p.H})
			return
		}
	}
	t.Fatal("no such file")
}

func TestOffByDefault(t *testing.T) {
	for _, f := range matrix(t) {
		_, err := Decode(f.File, nil, Options{})
		if strings.HasPrefix(f.Name, "bmp") || strings.HasPrefix(f.Name, "tiff") {
			require.ErrorIs(t, err, fault.ErrCorrupt)
			require.Contains(t, err.Error(), "--formats +")
			continue
		}
		require.NoError(t, err, f.Name)
	}
}

// Orientations by hand on pixels 0 1 2 / 3 4 5.
func TestOrientByHand(t *testing.T) {
	p := RGB{3, 2, nil}
	for i := range byte(6) {
		p.Pix = append(p.Pix, i, i, i)
	}
	for o, want := range map[int]string{1: "012345", 2: "210543", 3: "543210", 4: "345012",
		5: "031425", 6: "304152", 7: "524130", 8: "251403"} {
		q := Orient(p, o)
		got := ""
		for i := 0; i < len(q.Pix); i += 3 {
			got += string('0' + q.Pix[i])
		}
		require.Equal(t, want, got, "orientation %d", o)
	}
}
