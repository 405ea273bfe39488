package resize

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// guarded returns n bytes that end at a page which may not be touched.
func guarded(t *testing.T, n int) []byte {
	page := syscall.Getpagesize()
	size := (n + page - 1) / page * page
	m, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	require.NoError(t, err)
	require.NoError(t, syscall.Mprotect(m[size:], syscall.PROT_NONE))
	t.Cleanup(func() { _ = syscall.Munmap(m) })
	return m[size-n : size : size]
}

// A read behind the source or a write behind the result would be a fault.
func TestStaysInside(t *testing.T) {
	var s Scratch
	for _, wh := range [][2]int{{1, 1}, {2, 2}, {5, 3}, {40, 30}} {
		src := guarded(t, 3*wh[0]*wh[1])
		copy(src, noise(wh[0], wh[1], 1))
		for _, out := range [][2]int{{1, 1}, {3, 3}, {7, 5}, {20, 20}, {70, 64}} {
			dst := guarded(t, 3*out[0]*out[1])
			for _, f := range []Filter{Nearest, Bilinear, Bicubic, Lanczos, Box} {
				for _, a := range []Arithmetic{Pillow, Exact} {
					s.Run(dst, 3*out[0], &Job{Src: src, Stride: 3 * wh[0], Crop: Rect{0, 0, wh[0], wh[1]}, Filter: f, Antialias: true,
						Arithmetic: a, ScaleX: float64(wh[0]) / float64(out[0]), ScaleY: float64(wh[1]) / float64(out[1]), Out: Rect{0, 0, out[0], out[1]}, Mirror: out[0]%2 == 1})
				}
			}
		}
	}
}
