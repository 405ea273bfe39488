package dnnl

// #include "kernels.h"
import "C"

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// channelSum appends y[c] = Σ x over everything but the channels, with float64
// partial sums: the gradient of a per-channel bias. x lies as lay says, which must
// be row-major, channels last or blocked by channels.
func (l *steps) channelSum(name string, y, x []float32, lay layout) error {
	b := lay.channels()
	if b == 0 {
		return fmt.Errorf("%w: channel sum of layout %v", fault.ErrUnsupported, lay)
	}
	n, c, s := lay.dims[0], lay.padded[1], 1
	for _, d := range lay.dims[2:] {
		s *= d
	}
	if len(x) < n*c*s || len(y) < lay.dims[1] {
		return fmt.Errorf("%w: channel sum of %d elements to %d", fault.ErrInternal, len(x), len(y))
	}
	addKernel(l, name, C.gotl_channel_sum, C.gotl_channel_args{y: fptr(y), x: fptr(x), n: C.int64_t(n), c: C.int64_t(c),
		s: C.int64_t(s), b: C.int64_t(b), channels: C.int64_t(lay.dims[1])})
	return nil
}

// zeroTail appends y = 0 in the padding of a layout blocked by channels.
func (l *steps) zeroTail(name string, y []float32, lay layout) error {
	b := lay.channels()
	if b == 0 || !lay.padding() || lay.padded[1]-lay.dims[1] >= b {
		return fmt.Errorf("%w: padding of layout %v", fault.ErrUnsupported, lay)
	}
	n, c, s := lay.dims[0], lay.padded[1], 1
	for _, d := range lay.dims[2:] {
		s *= d
	}
	if len(y) != n*c*s {
		return fmt.Errorf("%w: padding of %d elements", fault.ErrInternal, len(y))
	}
	addKernel(l, name, C.gotl_zero_tail, C.gotl_tail_args{y: fptr(y), n: C.int64_t(n), c: C.int64_t(c), s: C.int64_t(s),
		b: C.int64_t(b), channels: C.int64_t(lay.dims[1])})
	return nil
}
