package dnnl

// #include "kernels.h"
import "C"

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// dropout appends graph.DropoutTrain on row-major rows; rng = seed, epoch, then a
// sample index per row. y may be x.
func (l *steps) dropout(name string, o graph.DropoutTrain, y, x []float32, rng []int64) error {
	n := len(rng) - 2
	if n < 1 || len(x)%n != 0 || len(y) != len(x) {
		return fmt.Errorf("%w: dropout of %d elements in %d rows", fault.ErrInternal, len(x), n)
	}
	addKernel(l, name, C.gotl_dropout, C.gotl_dropout_args{y: fptr(y), x: fptr(x), rng: iptr(rng), n: C.int64_t(n),
		k: C.int64_t(len(x) / n), p: C.float(o.P), tag: C.uint32_t(o.Tag)})
	return nil
}
