package dnnl

// #include "kernels.h"
import "C"

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// reduce appends y = scale·Σ x over the axes for which over is set, in float64. x is
// row-major of the given extents, y the same without those axes.
func (l *steps) reduce(name string, y, x []float32, extents graph.Shape, over []bool, scale float64) error {
	if len(x) != extents.Len() || len(extents) > C.GOTL_MAX_RANK || len(over) != len(extents) {
		return fmt.Errorf("%w: reduction of %d elements as %v", fault.ErrInternal, len(x), extents)
	}
	a := C.gotl_reduce_args{y: fptr(y), x: fptr(x), scale: C.double(scale)}
	n := 1
	for i, st := range extents.Strides() {
		if over[i] {
			a.rdims[a.rrank], a.rstep[a.rrank] = C.int64_t(extents[i]), C.int64_t(st)
			a.rrank++
		} else {
			a.kdims[a.krank], a.kstep[a.krank] = C.int64_t(extents[i]), C.int64_t(st)
			a.krank++
			n *= extents[i]
		}
	}
	if a.rrank == 0 {
		a.rdims[0], a.rrank = 1, 1
	}
	if len(y) != n {
		return fmt.Errorf("%w: reduction to %d elements, want %d", fault.ErrInternal, len(y), n)
	}
	addKernel(l, name, C.gotl_reduce, a)
	return nil
}
