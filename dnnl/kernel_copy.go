package dnnl

// #include "kernels.h"
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// copy appends dst = src.
func (l *steps) copy(name string, dst, src []byte) error {
	if len(dst) != len(src) {
		return fmt.Errorf("%w: copy of %d bytes to %d", fault.ErrInternal, len(src), len(dst))
	}
	d, s := unsafe.Pointer(unsafe.SliceData(dst)), unsafe.Pointer(unsafe.SliceData(src))
	mustBeC(d)
	mustBeC(s)
	addKernel(l, name, C.gotl_copy, C.gotl_copy_args{dst: d, src: s, n: C.int64_t(len(dst))})
	return nil
}

// stride says where the elements of a box lie in a vector: element i (a tuple) at
// at + Σ i[d]·step[d].
type stride struct {
	at   int
	step []int
}

// strideCopy appends dst[i] = src[i] for all tuples i below extents. It does what
// Slice, Pad, Transpose and Expand need: src may have steps 0 and below.
func (l *steps) strideCopy(name string, extents []int, dst []float32, to stride, src []float32, from stride) error {
	a := C.gotl_stride_args{rank: C.int64_t(max(1, len(extents)))}
	a.dims[0] = 1
	if len(extents) > C.GOTL_MAX_RANK || len(to.step) != len(extents) || len(from.step) != len(extents) {
		return fmt.Errorf("%w: copy of rank %d with %d and %d steps", fault.ErrInternal, len(extents), len(to.step), len(from.step))
	}
	if err := to.within(extents, len(dst)); err != nil {
		return err
	}
	if err := from.within(extents, len(src)); err != nil {
		return err
	}
	empty := false
	for i, n := range extents {
		a.dims[i], a.dstep[i], a.sstep[i] = C.int64_t(n), C.int64_t(to.step[i]), C.int64_t(from.step[i])
		empty = empty || n == 0
	}
	if empty {
		return nil
	}
	a.dst, a.src = fptr(dst[to.at:]), fptr(src[from.at:])
	addKernel(l, name, C.gotl_stride_copy, a)
	return nil
}

// within checks that all positions lie in a vector of n elements.
func (s stride) within(extents []int, n int) error {
	lo, hi := s.at, s.at
	for i, k := range extents {
		if k == 0 {
			return nil
		}
		lo += min(0, (k-1)*s.step[i])
		hi += max(0, (k-1)*s.step[i])
	}
	if lo < 0 || hi >= n {
		return fmt.Errorf("%w: positions %d to %d of %d elements", fault.ErrInternal, lo, hi, n)
	}
	return nil
}

// gather appends y[i] = x[index[i]], rows of cols floats. A row number outside x
// makes the step fail with fault.ErrInternal.
func (l *steps) gather(name string, y, x []float32, index []int64, cols int) error {
	if cols < 1 || len(x)%cols != 0 || len(y) != len(index)*cols {
		return fmt.Errorf("%w: gather of %d rows of %d into %d elements", fault.ErrInternal, len(index), cols, len(y))
	}
	addKernel(l, name, C.gotl_gather, C.gotl_gather_args{y: fptr(y), x: fptr(x), index: iptr(index),
		rows: C.int64_t(len(index)), cols: C.int64_t(cols), height: C.int64_t(len(x) / cols)})
	return nil
}

func iptr(x []int64) *C.int64_t {
	p := unsafe.Pointer(unsafe.SliceData(x))
	mustBeC(p)
	return (*C.int64_t)(p)
}
