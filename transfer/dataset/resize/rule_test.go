package resize

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Sizes and offsets of every side 1…600 against the written rules of DATA §7,
// in a second form: torchvision in float64 as its Python source has it, onnx
// in exact rationals wherever no half is met (halves: TestONNXBytes).
func TestSizesAndOffsets(t *testing.T) {
	same := func(rule Rule, w, h, want, got int) {
		if want != got {
			t.Fatalf("%s %dx%d: got %d, want %d", rule, w, h, got, want)
		}
	}
	for w := 1; w <= 600; w++ {
		for h := 1; h <= 600; h++ {
			tv := Spec{Torchvision, 256, Bilinear, true, 224, 224}.Geometry(w, h)
			same(Torchvision, w, h, 256, min(tv.W, tv.H))
			same(Torchvision, w, h, int(float64(256*max(w, h))/float64(min(w, h))), max(tv.W, tv.H))
			same(Torchvision, w, h, int(math.RoundToEven(float64(tv.W-224)/2)), tv.X)
			same(Torchvision, w, h, int(math.RoundToEven(float64(tv.H-224)/2)), tv.Y)

			ox := Spec{ONNX, 256, Bilinear, true, 224, 224}.Geometry(w, h)
			same(ONNX, w, h, 256, min(ox.W, ox.H))
			if l, s := max(w, h), min(w, h); 2*256*l%(2*s) != s {
				same(ONNX, w, h, (2*256*l+s)/(2*s), max(ox.W, ox.H))
			}
			same(ONNX, w, h, (ox.W-224)/2, ox.X)
		}
	}
}

func TestPaddingOrigin(t *testing.T) {
	g := Spec{None, 0, Nearest, false, 10, 10}.Geometry(7, 4)
	require.Equal(t, -1, g.X) // 3 missing: 1 before, 2 after
	require.Equal(t, -3, g.Y)
}

// A crop window must have the bytes of the same window of the whole picture.
func TestWindowEqualsWhole(t *testing.T) {
	const w, h = 61, 47
	src := noise(w, h, 3)
	var s Scratch
	for _, a := range []Arithmetic{Pillow, Exact} {
		for _, f := range []Filter{Nearest, Lanczos, Bilinear, Bicubic, Box, Hamming} {
			j := Job{Src: src, Stride: 3 * w, Crop: Rect{4, 3, 50, 40}, ScaleX: 50. / 30, ScaleY: 40. / 55,
				Out: Rect{0, 0, 30, 55}, Filter: f, Antialias: true, Arithmetic: a}
			whole := make([]byte, 3*30*55)
			s.Run(whole, 90, &j)
			j.Out = Rect{7, 9, 11, 13}
			part := make([]byte, 3*11*13)
			s.Run(part, 33, &j)
			for y := range 13 {
				require.True(t, bytes.Equal(whole[(9+y)*90+21:][:33], part[y*33:][:33]), "%v %v row %d", a, f, y)
			}
		}
	}
}

// Values by hand: 4 pixels to 2, weights 1/8 3/8 3/8 1/8 inside, 3/7 3/7 1/7 at
// the border where a tap is missing.
func TestBilinearByHand(t *testing.T) {
	src := []byte{0, 0, 0, 70, 70, 70, 140, 140, 140, 210, 210, 210}
	j := Job{Src: src, Stride: 12, Crop: Rect{0, 0, 4, 1}, ScaleX: 2, ScaleY: 1,
		Out: Rect{0, 0, 2, 1}, Filter: Bilinear, Antialias: true}
	dst := make([]byte, 6)
	for _, a := range []Arithmetic{Pillow, Exact} {
		j.Arithmetic = a
		new(Scratch).Run(dst, 6, &j)
		require.Equal(t, []byte{50, 50, 50, 160, 160, 160}, dst)
	}
}

// 0.5 and 1.5 are exact ties: to even gives 0 and 2, Pillow rounds both up.
func TestTies(t *testing.T) {
	src := []byte{0, 1, 3, 1, 2, 4}
	j := Job{Src: src, Stride: 6, Crop: Rect{0, 0, 2, 1}, ScaleX: 2, ScaleY: 1,
		Out: Rect{0, 0, 1, 1}, Filter: Box, Antialias: true}
	dst := make([]byte, 3)
	new(Scratch).Run(dst, 3, &j)
	require.Equal(t, []byte{1, 2, 4}, dst)
	j.Arithmetic = Exact
	new(Scratch).Run(dst, 3, &j)
	require.Equal(t, []byte{0, 2, 4}, dst)
}

func TestExtremeShapes(t *testing.T) {
	var s Scratch
	dst := make([]byte, 3*8*8)
	for _, wh := range [][2]int{{1, 20000}, {20000, 1}, {1, 1}, {3, 2}} {
		src := bytes.Repeat([]byte{200}, 3*wh[0]*wh[1])
		for _, r := range []Rule{ONNX, Torchvision, Squash} {
			Spec{r, 8, Bicubic, true, 8, 8}.Apply(dst, src, wh[0], wh[1], &s)
			require.Equal(t, bytes.Repeat([]byte{200}, len(dst)), dst, "%v %s", wh, r)
		}
	}
}

func TestCheck(t *testing.T) {
	require.NoError(t, Spec{ONNX, 256, Bilinear, true, 224, 224}.Check())
	for _, s := range []Spec{{ONNX, 0, 2, true, 1, 1}, {"cv", 8, 2, true, 1, 1}, {Squash, 0, 2, true, 0, 5}, {ONNX, 8, 2, true, 1 << 20, 1}} {
		require.ErrorIs(t, s.Check(), fault.ErrUsage)
	}
	_, err := ParseFilter("cubic-ish")
	require.ErrorIs(t, err, fault.ErrUsage)
}

func TestNoAllocationAfterWarmUp(t *testing.T) {
	src, dst := noise(100, 80, 1), make([]byte, 3*32*32)
	var s Scratch
	spec := Spec{ONNX, 36, Bilinear, true, 32, 32}
	spec.Apply(dst, src, 100, 80, &s)
	require.Zero(t, testing.AllocsPerRun(20, func() { spec.Apply(dst, src, 100, 80, &s) }))
}

func BenchmarkResize(b *testing.B) {
	src, dst := noise(500, 375, 1), make([]byte, 3*224*224)
	for _, r := range []Rule{ONNX, Torchvision} {
		b.Run(string(r), func(b *testing.B) {
			var s Scratch
			for b.Loop() {
				Spec{r, 256, Bilinear, true, 224, 224}.Apply(dst, src, 500, 375, &s)
			}
		})
	}
}
