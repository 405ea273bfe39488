package dnnl

// #include "kernels.h"
import "C"

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// lrn appends graph.LRN on row-major x [N C spatial...], any window size.
func (l *steps) lrn(name string, o graph.LRN, y, x []float32, shape graph.Shape) error {
	a, err := lrnArgs(o, y, x, shape)
	if err == nil {
		addKernel(l, name, C.gotl_lrn, a)
	}
	return err
}

// lrnGrad appends graph.LRNGrad.
func (l *steps) lrnGrad(name string, o graph.LRN, dx, x, dy []float32, shape graph.Shape) error {
	a, err := lrnArgs(o, dx, x, shape)
	if err != nil {
		return err
	}
	if err := sameLen("LRN gradient", len(x), dy); err != nil {
		return err
	}
	a.dy = fptr(dy)
	addKernel(l, name, C.gotl_lrn_grad, a)
	return nil
}

func lrnArgs(o graph.LRN, y, x []float32, shape graph.Shape) (C.gotl_lrn_args, error) {
	if len(y) != len(x) || len(x) != shape.Len() || len(shape) < 2 || o.Size < 1 {
		return C.gotl_lrn_args{}, fmt.Errorf("%w: LRN of %d elements as %v", fault.ErrInternal, len(x), shape)
	}
	return C.gotl_lrn_args{y: fptr(y), x: fptr(x), alpha: C.float(o.Alpha), beta: C.float(o.Beta), bias: C.float(o.Bias),
		size: C.int64_t(o.Size), n: C.int64_t(shape[0]), c: C.int64_t(shape[1]), s: C.int64_t(shape[2:].Len())}, nil
}
