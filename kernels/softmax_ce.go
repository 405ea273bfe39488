//go:build cuda

package kernels

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/cuda/driver"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

func rowsFit(name string, n, k int) error {
	if n < 1 || k < 1 || n > math.MaxInt32 || k > math.MaxInt32 {
		return fmt.Errorf("%s: %w: %w: [%d %d]", name, fault.ErrInternal, ErrLength, n, k)
	}
	return nil
}

// SoftmaxCE queues y = scale · Σ rows; the formula is in softmax_ce.cu.
// z, q [n k], row [n] (scratch), scale, y [1], all f32.
func (s *Set) SoftmaxCE(st *driver.Stream, y, row, z, q, scale *driver.Buffer, n, k int) error {
	if err := rowsFit("SoftmaxCE", n, k); err != nil {
		return err
	}
	all := 4 * int64(n) * int64(k)
	if err := want("SoftmaxCE", size{y, 4}, size{row, 4 * int64(n)}, size{z, all}, size{q, all}, size{scale, 4}); err != nil {
		return err
	}
	if err := s.rows(st, "softmax_ce_rows_f32", n, row.Ptr, z.Ptr, q.Ptr, int32(k)); err != nil {
		return err
	}
	return s.rows(st, "softmax_ce_sum_f32", 1, y.Ptr, row.Ptr, scale.Ptr, int32(n))
}

// SoftmaxCEGrad queues dz, the gradient of [Set.SoftmaxCE] times dy [1].
func (s *Set) SoftmaxCEGrad(st *driver.Stream, dz, z, q, scale, dy *driver.Buffer, n, k int) error {
	if err := rowsFit("SoftmaxCEGrad", n, k); err != nil {
		return err
	}
	all := 4 * int64(n) * int64(k)
	if err := want("SoftmaxCEGrad", size{dz, all}, size{z, all}, size{q, all}, size{scale, 4}, size{dy, 4}); err != nil {
		return err
	}
	return s.rows(st, "softmax_ce_grad_f32", n, dz.Ptr, z.Ptr, q.Ptr, scale.Ptr, dy.Ptr, int32(k))
}
