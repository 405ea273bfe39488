//go:build !amd64

package augment

// vector is false: this architecture has no kernels of its own.
var vector = false

func greyFast(pix []byte, _ float32) (sum int, rest []byte) { return 0, pix }
func jitterFast(pix []byte, _ factors, _ int) []byte        { return pix }
