package resize

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The vector kernels and plain Go must give equal bytes (TestStaysInside checks
// what they touch).
func TestKernelsAgree(t *testing.T) {
	if !vector {
		t.Skip("no vector kernels on this machine")
	}
	defer func() { vector = true }()
	var fast, slow Scratch
	n := 0
	for seed, wh := range [][2]int{{1, 1}, {2, 1}, {1, 9}, {3, 3}, {7, 5}, {33, 17}, {64, 40}, {101, 77}} {
		src := noise(wh[0], wh[1], seed)
		for _, f := range []Filter{Nearest, Lanczos, Bilinear, Bicubic, Box, Hamming} {
			for _, out := range [][2]int{{1, 1}, {2, 3}, {3, 2}, {5, 8}, {16, 16}, {37, 21}, {90, 100}} {
				for _, a := range []Arithmetic{Pillow, Exact} {
					j := Job{Src: src, Stride: 3 * wh[0], Crop: Rect{0, 0, wh[0], wh[1]}, Filter: f, Antialias: true, Arithmetic: a,
						ScaleX: float64(wh[0]) / float64(out[0]), ScaleY: float64(wh[1]) / float64(out[1]), Out: Rect{0, 0, out[0], out[1]}, Mirror: n%2 == 1}
					x, y := make([]byte, 3*out[0]*out[1]), make([]byte, 3*out[0]*out[1])
					vector = true
					fast.Run(x, 3*out[0], &j)
					vector = false
					slow.Run(y, 3*out[0], &j)
					require.Equal(t, y, x, "%v to %v, %s, arithmetic %d", wh, out, f, a)
					n++
				}
			}
		}
	}
	t.Logf("%d pictures", n)
}

// Ties and signs of the final rounding, against the written rule.
func TestExactRounding(t *testing.T) {
	rows := []int32{0, 1, 2, 3, -1, -2, -3, 255, 256, 254, 1000, -1000, 5, 6, 7, 8}
	for i := range rows {
		rows[i] <<= 21 // halves after 22 bits
	}
	ks, acc := []int32{1 << 22}, make([]int64, len(rows))
	got, want := make([]byte, len(rows)), make([]byte, len(rows))
	a := axis{taps: 1, count: []int{1}, w: ks}
	a.downExact(got, rows, len(rows), 0, acc)
	for i, r := range rows {
		want[i] = clip8(roundEven(int64(r) << 22))
	}
	require.Equal(t, []byte{0, 0, 1, 2, 0, 0, 0, 128, 128, 127, 255, 0, 2, 3, 4, 4}, want)
	require.Equal(t, want, got)
}
