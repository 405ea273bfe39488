//go:build !amd64

package resize

// vector is false: this architecture has no kernels of its own.
var vector = false

func (a *axis) acrossPillowFast(dst, src []byte) int                                   { return 0 }
func (a *axis) acrossExactFast(dst []int32, src []byte) int                            { return 0 }
func (a *axis) acrossPillow4Fast(dst []byte, dstride int, src []byte, stride int) bool { return false }
func (a *axis) acrossExact4Fast(dst []int32, dstride int, src []byte, stride int) bool { return false }
func downPillowFast(dst, rows []byte, stride int, ks []int32) bool                     { return false }
func downExactFast(dst []byte, rows []int32, stride int, ks []int32) bool              { return false }
