package resize

import "golang.org/x/sys/cpu"

// vector selects the AVX2 kernels; tests switch it off to compare.
var vector = cpu.X86.HasAVX2

//go:noescape
func acrossPillowAVX2(dst, src *byte, start, count *int, w *int32, taps, n int)

//go:noescape
func acrossExactAVX2(dst *int32, src *byte, start, count *int, w *int32, taps, n int)

//go:noescape
func downPillowAVX2(dst, rows *byte, stride, n int, ks *int32, taps int)

//go:noescape
func downExactAVX2(dst *byte, rows *int32, stride, n int, ks *int32, taps int)

// inside is the number of leading outputs whose vector reads stay within src:
// two pixels a step, eight bytes a read. All do, but in the last rows.
func (a *axis) inside(src []byte) int {
	if _, hi := a.window(); 3*(hi+1)+2 <= len(src) {
		return len(a.start)
	}
	for i, s := range a.start {
		if 3*(s+a.count[i]+a.count[i]&1)+2 > len(src) {
			return i
		}
	}
	return len(a.start)
}

// acrossPillowFast resamples leading outputs of a row and returns how many. It
// writes one byte beyond the last one. src reaches to the end of the picture.
func (a *axis) acrossPillowFast(dst, src []byte) int {
	if !vector {
		return 0
	}
	n := min(a.inside(src), (len(dst)-1)/3)
	if n > 0 {
		acrossPillowAVX2(&dst[0], &src[0], &a.start[0], &a.count[0], &a.w[0], a.taps, n)
	}
	return n
}

// acrossExactFast is the same for sums; it writes one value beyond the last.
func (a *axis) acrossExactFast(dst []int32, src []byte) int {
	if !vector {
		return 0
	}
	n := min(a.inside(src), (len(dst)-1)/3)
	if n > 0 {
		acrossExactAVX2(&dst[0], &src[0], &a.start[0], &a.count[0], &a.w[0], a.taps, n)
	}
	return n
}

func downPillowFast(dst, rows []byte, ks []int32) bool {
	if !vector || len(dst) < 8 {
		return false
	}
	_ = rows[len(ks)*len(dst)-1]
	downPillowAVX2(&dst[0], &rows[0], len(dst), len(dst), &ks[0], len(ks))
	return true
}

func downExactFast(dst []byte, rows, ks []int32) bool {
	if !vector || len(dst) < 8 {
		return false
	}
	_ = rows[len(ks)*len(dst)-1]
	downExactAVX2(&dst[0], &rows[0], len(dst), len(dst), &ks[0], len(ks))
	return true
}
