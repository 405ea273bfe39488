package augment

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/picture"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// noise repeats pixels() of testdata/golden.py.
func noise(n int, x uint32) []byte {
	out := make([]byte, n)
	for i := range out {
		x = x*1664525 + 1013904223
		out[i] = byte(x >> 24)
	}
	return out
}

// Expected: Pillow's ImageEnhance, testdata/golden.py.
func TestJitterIsPillows(t *testing.T) {
	b, err := os.ReadFile("testdata/jitter.json")
	require.NoError(t, err)
	var cases []struct {
		B, C, S float32
		SHA256  string
	}
	require.NoError(t, json.Unmarshal(b, &cases))
	require.Len(t, cases, 9)
	for _, c := range cases {
		pix := noise(31*17*3, 5)
		jitter(pix, factors{c.B, c.C, c.S})
		sum := sha256.Sum256(pix)
		require.Equal(t, c.SHA256, hex.EncodeToString(sum[:]), "%+v", c)
	}
}

func TestFactorRange(t *testing.T) {
	lo, hi := float32(9), float32(0)
	for i := range uint32(5000) {
		f := factor(.2, philox.New(1, 0, i, "brightness"))
		lo, hi = min(lo, f), max(hi, f)
	}
	require.InDelta(t, .8, lo, .001)
	require.InDelta(t, 1.2, hi, .001)
	require.GreaterOrEqual(t, lo, float32(.8)-1e-6)
}

var box = Crop{H: 8, W: 8, Filter: resize.Bilinear, MinArea: .35, MaxArea: 1, MinRatio: 3. / 4, MaxRatio: 4. / 3}

// Boxes lie inside, keep area and ratio within their bounds up to whole pixels.
// Among boxes that fit, areas reach down to .35 and up to nearly 1.
func TestBoxes(t *testing.T) {
	for _, wh := range [][2]int{{500, 375}, {375, 500}, {100, 100}, {64, 48}} {
		w, h := wh[0], wh[1]
		lo, hi := 1., 0.
		for i := range uint32(3000) {
			b := box.Box(w, h, philox.New(7, 0, i, "crop"))
			require.True(t, b.X >= 0 && b.Y >= 0 && b.W > 0 && b.H > 0 && b.X+b.W <= w && b.Y+b.H <= h, "%+v", b)
			a := float64(b.W*b.H) / float64(w*h)
			lo, hi = min(lo, a), max(hi, a)
			require.GreaterOrEqual(t, float64(b.W+1)/float64(b.H), 3./4)
			require.LessOrEqual(t, float64(b.W)/float64(b.H+1), 4./3)
		}
		require.InDelta(t, .35, lo, .03)
		require.Greater(t, hi, .9)
	}
}

// By hand: no box of ratio 3/4…4/3 has 35 % of 100×1; 4:3 of height 10 is 13.
func TestCentreFallback(t *testing.T) {
	require.Equal(t, resize.Rect{X: 49, Y: 0, W: 1, H: 1}, box.Box(100, 1, philox.New(1, 0, 0, "crop")))
	require.Equal(t, resize.Rect{X: 93, Y: 0, W: 13, H: 10}, box.Box(200, 10, philox.New(1, 0, 0, "crop")))
	require.Equal(t, resize.Rect{X: 0, Y: 93, W: 10, H: 13}, box.Box(10, 200, philox.New(1, 0, 0, "crop")))
}

// The ratio's logarithm is uniform: its mean is 0, its spread (ln 16/9)²/12.
func TestRatioLogUniform(t *testing.T) {
	c := box
	c.MinArea, c.MaxArea = .1, .2 // every box fits
	var sum, sq float64
	const n = 4000
	for i := range uint32(n) {
		b := c.Box(4000, 4000, philox.New(3, 1, i, "crop"))
		l := math.Log(float64(b.W) / float64(b.H))
		sum, sq = sum+l, sq+l*l
	}
	require.InDelta(t, 0, sum/n, .01)
	require.InDelta(t, math.Pow(math.Log(16./9), 2)/12, sq/n, .002)
}

func TestMirror(t *testing.T) {
	src := noise(5*3*3, 1)
	twice := bytes.Clone(src)
	always := Mirror{1}
	always.Apply(twice, 3, 5, Draw{})
	require.Equal(t, src[:3], twice[12:15])
	require.Equal(t, src[6:9], twice[6:9]) // the middle stays
	always.Apply(twice, 3, 5, Draw{})
	require.Equal(t, src, twice)
	n := 0
	for i := range uint32(2000) {
		p := bytes.Clone(src)
		if (Mirror{.5}).Apply(p, 3, 5, Draw{sample: i}); !bytes.Equal(p, src) {
			n++
		}
	}
	require.InDelta(t, 1000, n, 100)
}

func settings(t *testing.T, classes ...string) Settings {
	p, err := dataset.Preset("torchvision", "")
	require.NoError(t, err)
	return Settings{Pre: p.ForInput(32, 24), Classes: classes, Seed: 5}
}

func TestSymbolsAreNotMirrored(t *testing.T) {
	for _, c := range []struct {
		classes []string
		mirror  bool
	}{
		{[]string{"0", "1", "10"}, false}, {[]string{"a", "b", "é"}, false}, {[]string{"7", "q"}, false},
		{[]string{"cat", "dog"}, true}, {[]string{"0", "cat"}, true}, {nil, true},
	} {
		v, err := New("basic", settings(t, c.classes...))
		require.NoError(t, err)
		require.Equal(t, c.mirror, bytes.Contains([]byte(v.Key()), []byte("mirror")), "%v", c.classes)
	}
}

// Views are a function of seed, view number and sample.
func TestViewIsAFunction(t *testing.T) {
	src := picture.RGB{W: 90, H: 70, Pix: noise(90*70*3, 9)}
	render := func(v dataset.View, sample, number uint32) []byte {
		dst := make([]byte, 3*32*24)
		v.Apply(dst, src, sample, number, new(resize.Scratch))
		return dst
	}
	s := settings(t, "cat", "dog")
	v, err := New("basic", s)
	require.NoError(t, err)
	h, w := v.Size()
	require.Equal(t, [2]int{32, 24}, [2]int{h, w})
	a := render(v, 3, 1)
	require.Equal(t, a, render(v, 3, 1))
	require.NotEqual(t, a, render(v, 3, 2))
	require.NotEqual(t, a, render(v, 4, 1))
	s.Seed++
	other, err := New("basic", s)
	require.NoError(t, err)
	require.NotEqual(t, a, render(other, 3, 1))
	require.NotEqual(t, v.Key(), other.Key())
	require.False(t, v.Fixed())

	none, err := New("none", s)
	require.NoError(t, err)
	require.True(t, none.Fixed())
	require.Equal(t, render(none, 0, 0), render(none, 5, 7))
}

func TestUnknownSet(t *testing.T) {
	_, err := New("fancy", settings(t))
	require.ErrorIs(t, err, fault.ErrUsage)
	require.ErrorContains(t, err, "basic none")
}

func TestTinyPictures(t *testing.T) {
	v, err := New("basic", settings(t, "cat"))
	require.NoError(t, err)
	dst := make([]byte, 3*32*24)
	var s resize.Scratch
	for _, wh := range [][2]int{{1, 1}, {1, 300}, {300, 1}, {2, 3}} {
		for i := range uint32(50) {
			v.Apply(dst, picture.RGB{W: wh[0], H: wh[1], Pix: noise(3*wh[0]*wh[1], i)}, i, 0, &s)
		}
	}
}

// Mirroring within the crop is mirroring after it.
func TestMirroredCrop(t *testing.T) {
	src := picture.RGB{W: 90, H: 70, Pix: noise(90*70*3, 9)}
	c := box
	var s resize.Scratch
	for i := range uint32(100) {
		c.W, c.H, c.Filter = 1+int(i)%37, 5+int(i)%11, resize.Filter(i%6)
		b := c.Box(90, 70, philox.New(7, 0, i, "crop"))
		want, got := make([]byte, 3*c.W*c.H), make([]byte, 3*c.W*c.H)
		c.Apply(want, src, b, false, &s)
		Mirror{1}.Apply(want, c.H, c.W, Draw{})
		c.Apply(got, src, b, true, &s)
		require.Equal(t, want, got, "%+v of %+v", c, b)
	}
}

// What a view shows of a picture is its box: the box alone gives the same bytes.
func TestBoxHoldsAllThatIsShown(t *testing.T) {
	v, err := New("basic", settings(t, "cat", "dog"))
	require.NoError(t, err)
	c, ok := v.(dataset.Cropper)
	require.True(t, ok)
	src := picture.RGB{W: 90, H: 70, Pix: noise(90*70*3, 9)}
	var s resize.Scratch
	for i := range uint32(200) {
		want, got := make([]byte, 3*32*24), make([]byte, 3*32*24)
		c.Apply(want, src, i, 7, &s)
		b := c.Box(src.W, src.H, i, 7)
		part := picture.RGB{W: b.W, H: b.H}
		for y := range b.H {
			part.Pix = append(part.Pix, src.Pix[3*((b.Y+y)*src.W+b.X):][:3*b.W]...)
		}
		c.ApplyBox(got, part, i, 7, &s)
		require.Equal(t, want, got, "%+v", b)
	}
}
