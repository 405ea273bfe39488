package resize

import "golang.org/x/sys/cpu"

// vector selects the AVX2 kernels; tests switch it off to compare.
var vector = cpu.X86.HasAVX2

//go:noescape
func acrossPillowAVX2(dst, src *byte, start, count *int, w *int32, taps, n int)

//go:noescape
func acrossExactAVX2(dst *int32, src *byte, start, count *int, w *int32, taps, n int)

//go:noescape
func acrossPillow4AVX2(dst *byte, dstride int, src *byte, stride int, start, count *int, w *int32, taps, n int)

//go:noescape
func acrossExact4AVX2(dst *int32, dstride int, src *byte, stride int, start, count *int, w *int32, taps, n int)

//go:noescape
func downPillowAVX2(dst, rows *byte, stride, n int, ks *int32, taps int)

//go:noescape
func downExactAVX2(dst *byte, rows *int32, stride, n int, ks *int32, taps int)

// inside is the number of leading outputs whose vector reads stay within src:
// two pixels a step, six bytes and more read. All do, but in the last rows.
func (a *axis) inside(src []byte, more int) int {
	if _, hi := a.window(); 3*(hi+1)+more <= len(src) {
		return len(a.start)
	}
	for i, s := range a.start {
		if 3*(s+a.count[i]+a.count[i]&1)+more > len(src) {
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
	n := min(a.inside(src, 2), (len(dst)-1)/3)
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
	n := min(a.inside(src, 2), (len(dst)-1)/3)
	if n > 0 {
		acrossExactAVX2(&dst[0], &src[0], &a.start[0], &a.count[0], &a.w[0], a.taps, n)
	}
	return n
}

// four is true if four rows of src, stride bytes apart, can be resampled at once.
func (a *axis) four(src []byte, stride int) bool {
	return vector && len(src) > 3*stride && a.inside(src[3*stride:], 10) == len(a.start)
}

// acrossPillow4Fast resamples four rows of src to four of dst. It writes a byte
// beyond each.
func (a *axis) acrossPillow4Fast(dst []byte, dstride int, src []byte, stride int) bool {
	if !a.four(src, stride) {
		return false
	}
	_ = dst[3*dstride+3*len(a.start)]
	acrossPillow4AVX2(&dst[0], dstride, &src[0], stride, &a.start[0], &a.count[0], &a.w[0], a.taps, len(a.start))
	return true
}

// acrossExact4Fast is the same for sums; it writes a value beyond each row.
func (a *axis) acrossExact4Fast(dst []int32, dstride int, src []byte, stride int) bool {
	if !a.four(src, stride) {
		return false
	}
	_ = dst[3*dstride+3*len(a.start)]
	acrossExact4AVX2(&dst[0], dstride, &src[0], stride, &a.start[0], &a.count[0], &a.w[0], a.taps, len(a.start))
	return true
}

func downPillowFast(dst, rows []byte, stride int, ks []int32) bool {
	if !vector || len(dst) < 8 {
		return false
	}
	_ = rows[(len(ks)-1)*stride+len(dst)-1]
	downPillowAVX2(&dst[0], &rows[0], stride, len(dst), &ks[0], len(ks))
	return true
}

func downExactFast(dst []byte, rows []int32, stride int, ks []int32) bool {
	if !vector || len(dst) < 8 {
		return false
	}
	_ = rows[(len(ks)-1)*stride+len(dst)-1]
	downExactAVX2(&dst[0], &rows[0], stride, len(dst), &ks[0], len(ks))
	return true
}
