package dataset

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/philox"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/jpeg"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/picture"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// boxed shows a random box of at least .6 of each side.
type boxed struct{ h, w int }

func (v boxed) Size() (h, w int) { return v.h, v.w }
func (boxed) Key() string        { return "boxed" }
func (boxed) Fixed() bool        { return false }

func (boxed) Box(w, h int, sample, view uint32) resize.Rect {
	s := philox.New(1, view, sample, "box")
	bw, bh := w-int(s.Float(0)*.4*float32(w)), h-int(s.Float(1)*.4*float32(h))
	return resize.Rect{X: int(s.Float(2) * float32(w-bw+1)), Y: int(s.Float(3) * float32(h-bh+1)), W: bw, H: bh}
}

func (v boxed) Apply(dst []byte, src picture.RGB, sample, view uint32, t *resize.Scratch) {
	v.run(dst, src, v.Box(src.W, src.H, sample, view), t)
}

func (v boxed) ApplyBox(dst []byte, src picture.RGB, _, _ uint32, t *resize.Scratch) {
	v.run(dst, src, resize.Rect{W: src.W, H: src.H}, t)
}

func (v boxed) run(dst []byte, src picture.RGB, box resize.Rect, t *resize.Scratch) {
	t.Run(dst, 3*v.w, &resize.Job{Src: src.Pix, Stride: 3 * src.W, Crop: box, ScaleX: float64(box.W) / float64(v.w),
		ScaleY: float64(box.H) / float64(v.h), Out: resize.Rect{W: v.w, H: v.h}, Filter: resize.Bilinear, Antialias: true})
}

// whole hides the box: all of the picture is decoded.
type whole struct{ View }

// smooth pictures of two sizes, one turned, one PNG.
func mixed(t testing.TB) *Set {
	turned := jpegOf(t, 120, 90, 3)
	exif := []byte("\xff\xe1\x00\x22Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00")
	turned = append(append([]byte("\xff\xd8"), exif...), turned[2:]...)
	return scan(t, Options{Path: tree(t, map[string][]byte{
		"a/1.jpg": jpegOf(t, 120, 90, 1), "a/2.jpg": turned, "a/3.png": pngOf(t, 120, 90, 5),
		"b/4.jpg": jpegOf(t, 33, 47, 2), "b/5.jpg": jpegOf(t, 640, 480, 4), "b/6.jpg": jpegOf(t, 9, 500, 6),
	})})
}

// Decoding only the box changes no byte.
func TestBoxIsEnough(t *testing.T) {
	s := mixed(t)
	require.Equal(t, uint8(6), s.Samples[1].Orientation)
	for _, exif := range []bool{false, true} {
		run := func(v View) string {
			l := loader(t, s, LoaderOptions{View: v, Batch: 3, IgnoreEXIF: exif})
			return digest(record(t, l, 0) + record(t, l, 1) + record(t, l, 2))
		}
		require.Equal(t, run(whole{boxed{12, 10}}), run(boxed{12, 10}))
	}
}

// By hand: boxes have .6 to 1 of a side; at 12x10 out, 120x90 leaves twice the
// output at 1/2 for sure (54 rows) and never at 1/4 (90 of 96); 640x480 at 1/8.
func TestDenominator(t *testing.T) {
	l := &Loader{o: LoaderOptions{Decode: DecodeScaled}}
	for _, c := range []struct{ w, h, want int }{{120, 54, 2}, {120, 47, 1}, {39, 1000, 1}, {40, 48, 2}, {80, 96, 4}, {160, 192, 8}, {5000, 5000, 8}} {
		box := resize.Rect{W: c.w, H: c.h}
		require.Equal(t, c.want, l.denom(box, 5000, 5000, 10, 12, true), "%+v", c)
		require.Equal(t, 1, l.denom(box, 5000, 5000, 10, 12, false))
	}
	l.o.Decode = DecodeAuto
	box := resize.Rect{W: 500, H: 500}
	require.Equal(t, 1, l.denom(box, 512, 512, 10, 12, true), "small pictures stay exact")
	require.Equal(t, 8, l.denom(box, 513, 512, 10, 12, true))
	for _, exact := range []string{"", DecodeExact} {
		l.o.Decode = exact
		require.Equal(t, 1, l.denom(box, 5000, 5000, 10, 12, true))
	}
	_, err := NewLoader(mixed(t), LoaderOptions{Indices: []int{0}, View: small(), Batch: 1, Decode: "fast"})
	require.Error(t, err)
}

// A reduced box lies in the reduced picture, is never empty, and its edges are
// within half a pixel of the true ones.
func TestReducedBox(t *testing.T) {
	for i := range uint32(5000) {
		s := philox.New(1, 0, i, "test")
		at := func(k uint32, n int) int { return int(s.Float(k) * float32(n)) }
		d := 1 << at(0, 4)
		w, h := 2*d+at(1, 300), 2*d+at(2, 300)
		box := resize.Rect{W: 2*d + at(3, w-2*d), H: 2*d + at(4, h-2*d)}
		box.X, box.Y = at(5, w-box.W+1), at(6, h-box.H+1)
		p := reduced(box, w, h, d)
		require.True(t, p.X >= 0 && p.Y >= 0 && p.W > 0 && p.H > 0 && p.X+p.W <= (w+d-1)/d && p.Y+p.H <= (h+d-1)/d, "%+v of %dx%d: %+v", box, w, h, p)
		for _, e := range [][2]int{{p.X, box.X}, {p.X + p.W, box.X + box.W}, {p.Y, box.Y}, {p.Y + p.H, box.Y + box.H}} {
			require.InDelta(t, float64(e[1])/float64(d), e[0], .5)
		}
	}
}

// Scaled decoding counts what it scales, leaves others and fixed views alone and
// stays near the exact pixels.
func TestScaledDecode(t *testing.T) {
	if !jpeg.Reduces {
		t.Skip("this build's decoder does not reduce: " + jpeg.Decoder())
	}
	s := mixed(t)
	run := func(v View, mode string) (string, Stats) {
		l := loader(t, s, LoaderOptions{View: v, Batch: 6, Decode: mode})
		return record(t, l, 0), l.Stats()
	}
	v := boxed{12, 10}
	exact, a := run(v, DecodeExact)
	require.Zero(t, a.Scaled)
	scaled, b := run(v, DecodeScaled)
	require.Equal(t, int64(3), b.Scaled) // both 120x90, 640x480
	require.Equal(t, int64(6), b.Decoded)
	_, c := run(v, DecodeAuto)
	require.Equal(t, int64(1), c.Scaled) // 640x480
	require.NotEqual(t, digest(exact), digest(scaled))
	pixels := 6 * 3 * 12 * 10
	x, y := exact[len(exact)-pixels:], scaled[len(scaled)-pixels:]
	sum := 0
	for i := range x {
		sum += max(int(x[i]), int(y[i])) - min(int(x[i]), int(y[i]))
	}
	require.Less(t, float64(sum)/float64(pixels), 6.)

	fixed, d := run(small(), DecodeScaled)
	require.Zero(t, d.Scaled)
	same, _ := run(small(), DecodeExact)
	require.Equal(t, digest(same), digest(fixed))
}

func TestSourceTellsThePixelsApart(t *testing.T) {
	s := mixed(t)
	seen := map[string]bool{}
	for _, o := range []LoaderOptions{{View: moved()}, {View: moved(), IgnoreEXIF: true}, {View: moved(), Decode: DecodeAuto}, {View: moved(), Decode: DecodeScaled},
		{View: moved(), Cache: NewCache(0), Decode: "scaled", IgnoreEXIF: true}, {View: moved(), Cache: OpenCache(CacheOptions{Side: 9})},
		{View: moved(), Cache: OpenCache(CacheOptions{Side: 9, Filter: resize.Bicubic})}, {View: moved(), Decode: DecodeScaled, Cache: OpenCache(CacheOptions{Side: 9})}} {
		o.Batch = 1
		k := loader(t, s, o).Source()
		require.False(t, seen[k], k)
		seen[k] = true
		require.Contains(t, k, jpeg.Decoder())
	}
	same := loader(t, s, LoaderOptions{View: moved(), Batch: 1, Decode: DecodeAuto, Cache: OpenCache(CacheOptions{Side: WholePictures})}).Source()
	require.True(t, seen[same], "whole pictures have the pixels of the files: "+same)
	fixed := loader(t, s, LoaderOptions{View: small(), Batch: 1}).Source()
	require.Equal(t, fixed, loader(t, s, LoaderOptions{View: small(), Batch: 1, Decode: DecodeScaled, Cache: OpenCache(CacheOptions{Side: 9})}).Source())
}

// Reducing large pictures may begin with a scaled decode: as a rule, kept or not.
// Sides of 20 leave 640x480 four times as large at 1/4, so at 1/8 twice: 60 >= 40.
func TestReducedFromScaled(t *testing.T) {
	if !jpeg.Reduces {
		t.Skip("this build's decoder does not reduce: " + jpeg.Decoder())
	}
	s := mixed(t)
	run := func(mode string, o CacheOptions) (string, Stats) {
		o.Side = 20
		c := OpenCache(o)
		defer func() { require.NoError(t, c.Close()) }()
		l := loader(t, s, LoaderOptions{View: moved(), Batch: 6, Decode: mode, Cache: c})
		return digest(record(t, l, 0) + record(t, l, 1)), l.Stats()
	}
	dir := t.TempDir()
	seen := map[string]bool{}
	for mode, scaled := range map[string]int64{"": 0, DecodeAuto: 1, DecodeScaled: 3} { // both 120x90 at 1/2
		want, a := run(mode, CacheOptions{})
		require.Equal(t, 2*scaled, a.Scaled, "%q: two epochs", mode)
		for _, o := range []CacheOptions{{Memory: 1 << 20}, {Dir: dir}, {Dir: dir}} {
			got, b := run(mode, o)
			require.Equal(t, want, got, "%q %+v", mode, o)
			require.LessOrEqual(t, b.Scaled, scaled, "the second epoch decodes nothing")
		}
		require.False(t, seen[want])
		seen[want] = true
	}
}
