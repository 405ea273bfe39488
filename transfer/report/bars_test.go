package report

import (
	"bytes"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The picture grows with its bars, shows both colours and is the same each time; what
// is not a number leaves its row empty.
func TestBars(t *testing.T) {
	bars := []Bar{{Name: "direct", Value: .8, CI95: [2]float64{.7, .85}}, {Name: "features", Value: .95, CI95: [2]float64{.9, 1}, Mark: true},
		{Name: "a very long name of a place\x1b", Value: math.NaN()}}
	dir := t.TempDir()
	draw := func(name string, b []Bar) []byte {
		file := filepath.Join(dir, name)
		require.NoError(t, WriteBarsPNG(file, "title", b, .5))
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		return data
	}
	all := draw("a.png", bars)
	require.Equal(t, all, draw("b.png", bars))
	img, err := png.Decode(bytes.NewReader(all))
	require.NoError(t, err)
	two, err := png.Decode(bytes.NewReader(draw("c.png", bars[:2])))
	require.NoError(t, err)
	require.Greater(t, img.Bounds().Dy(), two.Bounds().Dy())
	seen := map[[3]uint32]bool{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			seen[[3]uint32{r >> 8, g >> 8, b >> 8}] = true
		}
	}
	require.True(t, seen[[3]uint32{0x1f, 0x5f, 0xa8}])
	require.True(t, seen[[3]uint32{0xd9, 0x6a, 0x0f}])
}
