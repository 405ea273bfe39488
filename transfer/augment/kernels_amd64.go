package augment

import "golang.org/x/sys/cpu"

// vector selects the AVX2 kernels; tests switch it off to compare.
var vector = cpu.X86.HasAVX2

// block is the pixels a kernel takes at a time; most is the blocks of a call, so
// that 32-bit sums of grey values do not overflow.
const (
	block = 8
	most  = 1 << 23
)

//go:noescape
func greySumAVX2(pix *byte, blocks int, bright float32) uint64

//go:noescape
func jitterAVX2(pix *byte, blocks int, bright, contrast, saturation float32, mean int32)

// greyFast adds the grey values of leading pixels, brightened, and returns the
// rest of pix.
func greyFast(pix []byte, bright float32) (sum int, rest []byte) {
	for vector && len(pix) >= 3*block {
		n := min(len(pix)/(3*block), most)
		sum += int(greySumAVX2(&pix[0], n, bright))
		pix = pix[3*block*n:]
	}
	return sum, pix
}

// jitterFast changes leading pixels and returns the rest.
func jitterFast(pix []byte, f factors, mean int) []byte {
	if n := len(pix) / (3 * block); vector && n > 0 {
		jitterAVX2(&pix[0], n, f.bright, f.contrast, f.saturation, int32(mean))
		pix = pix[3*block*n:]
	}
	return pix
}
