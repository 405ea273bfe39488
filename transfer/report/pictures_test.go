package report

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func open(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	m, err := png.Decode(f)
	require.NoError(t, err)
	return m
}

// count returns how many pixels have exactly that colour.
func count(m image.Image, c color.Color) int {
	r, g, b, _ := c.RGBA()
	n := 0
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y++ {
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
			if r2, g2, b2, _ := m.At(x, y).RGBA(); r == r2 && g == g2 && b == b2 {
				n++
			}
		}
	}
	return n
}

func fourteen() []Epoch {
	out := make([]Epoch, 14)
	for i := range out {
		x := 1 / float64(i+1)
		out[i] = Epoch{Epoch: i + 1, TrainLoss: x, ValLoss: x + .1, Top1: 1 - x/2, Balanced: .9 - x/2}
	}
	out[5].ValLoss = math.NaN()
	return out
}

// Equal input, equal bytes; both curves are there in their colours.
func TestResultsPNG(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.png"), filepath.Join(dir, "b.png")
	require.NoError(t, WriteResultsPNG(a, fourteen()))
	require.NoError(t, WriteResultsPNG(b, fourteen()))
	require.Equal(t, read(t, a), read(t, b))
	m := open(t, a)
	require.Equal(t, image.Rect(0, 0, 1080, 480), m.Bounds())
	require.Greater(t, count(m, blue), 1000)
	require.Greater(t, count(m, orange), 1000)
}

// No epoch, one epoch, equal values, nothing defined, infinite loss: a picture all the same.
func TestResultsPNGEdges(t *testing.T) {
	nan := math.NaN()
	path := filepath.Join(t.TempDir(), "r.png")
	for _, es := range [][]Epoch{nil, fourteen()[:1], make([]Epoch, 3), {{Epoch: 1, TrainLoss: nan, ValLoss: nan, Top1: nan, Balanced: nan}},
		{{Epoch: 9, TrainLoss: math.Inf(1)}}} {
		require.NoError(t, WriteResultsPNG(path, es))
		require.Equal(t, 1080, open(t, path).Bounds().Dx())
	}
}

// 113/5, 4/122: two dark cells, two light ones, equal bytes again.
func TestConfusionPNG(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.png"), filepath.Join(dir, "b.png")
	for _, p := range []string{a, b} {
		require.NoError(t, WriteConfusionPNG(p, []string{"female", "male"}, [][]int{{113, 5}, {4, 122}}))
	}
	require.Equal(t, read(t, a), read(t, b))
	m := open(t, a)
	for _, share := range []float64{113. / 118, 5. / 118, 4. / 126, 122. / 126} {
		require.Greater(t, count(m, shade(share)), 10000, "%v", share)
	}
}

// Many classes, long, odd and hostile names; 1,000 classes in reasonable time and size.
func TestConfusionPNGSizes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.png")
	for _, k := range []int{0, 1, 13, 61, 1000} {
		names, m := make([]string, k), make([][]int, k)
		for i := range k {
			names[i] = fmt.Sprintf("%d \x1b[31m\xff %s", i, strings.Repeat("naïve ", i%9))
			m[i] = make([]int, k)
			m[i][i], m[i][(i*7)%k] = 5, m[i][(i*7)%k]+1
		}
		start := time.Now()
		require.NoError(t, WriteConfusionPNG(path, names, m))
		require.Less(t, time.Since(start), 20*time.Second)
		require.LessOrEqual(t, open(t, path).Bounds().Dx(), 1800, "%d classes", k)
	}
}

func TestLabel(t *testing.T) {
	require.Equal(t, "cat", label("cat"))
	require.Equal(t, `a\x1bb`, label("a\x1bb"))
	require.Equal(t, "nineteen runes and …", label("nineteen runes and more"))
}

// At most eleven ticks, all whole, whatever the length of the run.
func TestEpochTicks(t *testing.T) {
	for _, last := range []int{1, 2, 11, 12, 40, 100, 3000} {
		ticks := epochTicks{1, last}.Ticks(0, 0)
		require.NotEmpty(t, ticks)
		require.LessOrEqual(t, len(ticks), 11, "%d epochs", last)
		for _, x := range ticks {
			require.Equal(t, math.Trunc(x.Value), x.Value)
		}
	}
}
