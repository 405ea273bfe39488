//go:build cuda

package kernels

import (
	"github.com/gotl-gpu/gotl-gpu/cuda/driver"
	"github.com/gotl-gpu/gotl-gpu/graph"
)

func flag(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// SGD queues one step of graph.SGD on a flat group, in place; the formula is in
// sgd.cu. w, v, g [n] f32, not overlapping; hyper [2] f32 = rate, momentum; clip [1].
func (s *Set) SGD(st *driver.Stream, o graph.SGD, w, v, g, hyper, clip *driver.Buffer, n int64) error {
	if err := want("SGD", size{w, 4 * n}, size{v, 4 * n}, size{g, 4 * n}, size{hyper, 8}, size{clip, 4}); err != nil {
		return err
	}
	return s.each(st, "sgd_f32", n, w.Ptr, v.Ptr, g.Ptr, hyper.Ptr, clip.Ptr, o.Decay, flag(o.Nesterov), n)
}

// Adam queues one step of graph.Adam on a flat group, in place; the formula is in
// adam.cu. w, m, v, g [n] f32, not overlapping; hyper [5] f32; clip [1].
func (s *Set) Adam(st *driver.Stream, o graph.Adam, w, m, v, g, hyper, clip *driver.Buffer, n int64) error {
	if err := want("Adam", size{w, 4 * n}, size{m, 4 * n}, size{v, 4 * n}, size{g, 4 * n}, size{hyper, 20}, size{clip, 4}); err != nil {
		return err
	}
	return s.each(st, "adam_f32", n, w.Ptr, m.Ptr, v.Ptr, g.Ptr, hyper.Ptr, clip.Ptr, o.Decay, o.Eps, flag(o.Decoupled), n)
}
