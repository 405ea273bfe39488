//go:build cuda

package kernels

import "github.com/gotl-gpu/gotl-gpu/cuda/driver"

// ToBF16 queues y = x rounded to bfloat16: x [n] f32, y [n] bf16, not overlapping.
func (s *Set) ToBF16(st *driver.Stream, y, x *driver.Buffer, n int64) error {
	if err := want("ToBF16", size{y, 2 * n}, size{x, 4 * n}); err != nil {
		return err
	}
	return s.each(st, "cast_f32_bf16", n, y.Ptr, x.Ptr, n)
}

// FromBF16 queues y = x: x [n] bf16, y [n] f32, not overlapping.
func (s *Set) FromBF16(st *driver.Stream, y, x *driver.Buffer, n int64) error {
	if err := want("FromBF16", size{y, 4 * n}, size{x, 2 * n}); err != nil {
		return err
	}
	return s.each(st, "cast_bf16_f32", n, y.Ptr, x.Ptr, n)
}
