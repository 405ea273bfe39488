package jpeg

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// photo is a 4:2:0 JPEG of w by h pixels and about size bytes: gradients, waves
// and noise, at the quality that comes nearest.
func photo(t testing.TB, w, h, size int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	r := uint32(7)
	for y := range h {
		for x := range w {
			r = r*1664525 + 1013904223
			fx, fy := float64(x)*500/float64(w), float64(y)*375/float64(h)
			v := 120 + 60*math.Sin(fx/23)*math.Cos(fy/17) + 25*math.Sin(fx*fy/900) + float64(r>>24)/12
			m.Set(x, y, color.RGBA{uint8(v), uint8(v * .8), uint8(255 - v), 255})
		}
	}
	var best []byte
	for lo, hi := 1, 100; lo <= hi; {
		q := (lo + hi) / 2
		var b bytes.Buffer
		require.NoError(t, jpeg.Encode(&b, m, &jpeg.Options{Quality: q}))
		if best == nil || absolute(b.Len()-size) < absolute(len(best)-size) {
			best = b.Bytes()
		}
		if b.Len() < size {
			lo = q + 1
		} else {
			hi = q - 1
		}
	}
	return best
}

func absolute(n int) int { return max(n, -n) }

// used is the processor time of this process in seconds: on a shared machine it
// says more than the wall clock.
func used(b *testing.B) float64 {
	var r syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &r))
	return float64(r.Utime.Sec+r.Stime.Sec) + float64(r.Utime.Usec+r.Stime.Usec)/1e6
}

// Whole pictures, a crop of half their area, and reductions.
func BenchmarkDecode(b *testing.B) {
	const w, h = 500, 375
	for _, size := range []int{26e3, 46e3, 79e3} {
		data := photo(b, w, h, size)
		for name, win := range map[string]Window{
			"whole": {1, 0, 0, w, h}, "crop": {1, 71, 53, 357, 268}, "top": {1, 0, 0, w, h / 2},
			"half": {2, 0, 0, 250, 188}, "eighth": {8, 0, 0, 63, 47},
		} {
			if win.Denom > 1 && !Reduces {
				continue
			}
			b.Run(fmt.Sprintf("%dkB/%s", len(data)/1000, name), func(b *testing.B) {
				dst := make([]byte, 3*win.W*win.H)
				b.ReportAllocs()
				cpu := used(b)
				for b.Loop() {
					if err := DecodeWindow(dst, data, w, h, win); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)/(used(b)-cpu), "img/cpu-s")
			})
		}
	}
	b.Log(Decoder())
}
