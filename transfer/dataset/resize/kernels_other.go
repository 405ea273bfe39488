//go:build !amd64

package resize

// vector is false: this architecture has no kernels of its own.
var vector = false

func (a *axis) acrossPillowFast(dst, src []byte) int        { return 0 }
func (a *axis) acrossExactFast(dst []int32, src []byte) int { return 0 }
func downPillowFast(dst, rows []byte, ks []int32) bool      { return false }
func downExactFast(dst []byte, rows, ks []int32) bool       { return false }
