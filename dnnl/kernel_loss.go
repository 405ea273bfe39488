package dnnl

// #include "kernels.h"
import "C"

import (
	"cmp"
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// crossEntropy appends graph.SoftmaxCrossEntropy on row-major logits x and targets
// q [N K]; rows is a scratch float64 per row.
func (l *steps) crossEntropy(name string, loss, x, q, inv []float32, rows []float64) error {
	k, err := lossShape(x, q, len(rows))
	if err != nil {
		return err
	}
	if err := cmp.Or(atLeast("loss", 1, loss), atLeast("loss", 1, inv)); err != nil {
		return err
	}
	addKernel(l, name, C.gotl_cross_entropy, C.gotl_loss_args{loss: fptr(loss), x: fptr(x), q: fptr(q), inv: fptr(inv),
		row: dptr(rows), n: C.int64_t(len(rows)), k: C.int64_t(k)})
	return nil
}

// crossEntropyGrad appends graph.SoftmaxCrossEntropyGrad for n rows.
func (l *steps) crossEntropyGrad(name string, dx, x, q, inv, dl []float32, n int) error {
	k, err := lossShape(x, q, n)
	if err != nil {
		return err
	}
	if err := cmp.Or(sameLen("loss gradient", len(x), dx), atLeast("loss", 1, inv), atLeast("loss", 1, dl)); err != nil {
		return err
	}
	addKernel(l, name, C.gotl_cross_entropy_grad, C.gotl_loss_grad_args{dx: fptr(dx), x: fptr(x), q: fptr(q), inv: fptr(inv),
		dl: fptr(dl), n: C.int64_t(n), k: C.int64_t(k)})
	return nil
}

func lossShape(x, q []float32, n int) (k int, err error) {
	if n < 1 || len(x) == 0 || len(x)%n != 0 || len(q) != len(x) {
		return 0, fmt.Errorf("%w: loss of %d logits and %d targets in %d rows", fault.ErrInternal, len(x), len(q), n)
	}
	return len(x) / n, nil
}
