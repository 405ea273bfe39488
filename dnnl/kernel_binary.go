package dnnl

// #include "kernels.h"
import "C"

import (
	"cmp"
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// binary appends y = fn(a, b) on row-major tensors that broadcast to y's extents.
func (l *steps) binary(name string, fn graph.BinaryFn, y, a, b []float32, extents []int, from, with stride) error {
	if len(extents) == 0 {
		extents, from.step, with.step = []int{1}, []int{0}, []int{0}
	}
	if len(extents) > C.GOTL_MAX_RANK || len(from.step) != len(extents) || len(with.step) != len(extents) {
		return fmt.Errorf("%w: binary of rank %d", fault.ErrInternal, len(extents))
	}
	if err := cmp.Or(sameLen("binary", graph.Shape(extents).Len(), y), from.within(extents, len(a)), with.within(extents, len(b))); err != nil {
		return err
	}
	g := C.gotl_binary_args{y: fptr(y), a: fptr(a), b: fptr(b), fn: C.int64_t(fn), rank: C.int64_t(len(extents))}
	for i, n := range extents {
		g.dims[i], g.astep[i], g.bstep[i] = C.int64_t(n), C.int64_t(from.step[i]), C.int64_t(with.step[i])
	}
	addKernel(l, name, C.gotl_binary, g)
	return nil
}

// spread says where b lies for picture n, channel c and place s of a larger tensor.
type spread struct{ n, c, s int }

// channelBinary appends y = fn(a, b): a and y lie as lay says, b is row-major and
// spread over them. Padding stays zero. y may be a.
func (l *steps) channelBinary(name string, fn graph.BinaryFn, y, a, b []float32, lay layout, at spread) error {
	block := lay.channels()
	if block == 0 {
		return fmt.Errorf("%w: layout %v", fault.ErrUnsupported, lay)
	}
	n, c, s := lay.dims[0], lay.padded[1], graph.Shape(lay.dims[2:]).Len()
	last := (n-1)*at.n + (lay.dims[1]-1)*at.c + (s-1)*at.s
	if len(a) != n*c*s || len(y) != len(a) || last >= len(b) {
		return fmt.Errorf("%w: %d elements with %d, spread %v", fault.ErrInternal, len(a), len(b), at)
	}
	addKernel(l, name, C.gotl_channel_binary, C.gotl_channel_binary_args{y: fptr(y), a: fptr(a), b: fptr(b), fn: C.int64_t(fn),
		n: C.int64_t(n), c: C.int64_t(c), s: C.int64_t(s), block: C.int64_t(block), channels: C.int64_t(lay.dims[1]),
		nstep: C.int64_t(at.n), cstep: C.int64_t(at.c), sstep: C.int64_t(at.s)})
	return nil
}
