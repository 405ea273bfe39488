package onnx

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// expr is a constant known by how to compute it. Elements are asked for by their
// flat row-major positions, so views and element-wise chains of any size cost
// memory only for the block at hand.
type expr interface {
	typ() graph.Type
	// cost is the number of expression nodes visited for one element.
	cost() int
	// eval writes the elements at idx to out. Positions are in range.
	eval(s *scratch, idx []int, out block) error
}

// block holds some elements of one type: f32 for Float32, f64 for Float64, i64
// for all integers and Bool.
type block struct {
	f32 []float32
	f64 []float64
	i64 []int64
}

const blockLen = 4096

// scratch keeps the buffers of one evaluation.
type scratch struct {
	f32 [][]float32
	f64 [][]float64
	i64 [][]int64
	idx [][]int
}

func (s *scratch) get(d graph.DType, n int) block {
	switch d {
	case graph.Float32:
		return block{f32: take(&s.f32, n)}
	case graph.Float64:
		return block{f64: take(&s.f64, n)}
	default:
		return block{i64: take(&s.i64, n)}
	}
}

func (s *scratch) put(b block) {
	switch {
	case b.f32 != nil:
		s.f32 = append(s.f32, b.f32)
	case b.f64 != nil:
		s.f64 = append(s.f64, b.f64)
	case b.i64 != nil:
		s.i64 = append(s.i64, b.i64)
	}
}

// take returns a buffer of n <= blockLen elements.
func take[T any](free *[][]T, n int) []T {
	if k := len(*free); k > 0 {
		b := (*free)[k-1]
		*free = (*free)[:k-1]
		return b[:n]
	}
	return make([]T, n, blockLen)
}

// leaf is a tensor in memory.
type leaf struct{ t *graph.Tensor }

func (l leaf) typ() graph.Type { return l.t.Type() }
func (l leaf) cost() int       { return 1 }

func (l leaf) eval(_ *scratch, idx []int, out block) error {
	switch {
	case l.t.F32 != nil:
		gather(out.f32, l.t.F32, idx)
	case l.t.F64 != nil:
		gather(out.f64, l.t.F64, idx)
	case l.t.I64 != nil:
		gather(out.i64, l.t.I64, idx)
	default:
		for i, k := range idx {
			out.i64[i] = int64(l.t.U8[k])
		}
	}
	return nil
}

func gather[T any](dst, src []T, idx []int) {
	for i, k := range idx {
		dst[i] = src[k]
	}
}

// fill is one element repeated.
type fill struct {
	t graph.Type
	x leaf // one element of t's type
}

func (f fill) typ() graph.Type { return f.t }
func (f fill) cost() int       { return 1 }

func (f fill) eval(_ *scratch, idx []int, out block) error {
	one := block{f32: f.x.t.F32, f64: f.x.t.F64, i64: f.x.t.I64}
	if f.x.t.U8 != nil {
		one.i64 = []int64{int64(f.x.t.U8[0])}
	}
	for i := range idx {
		switch {
		case one.f32 != nil:
			out.f32[i] = one.f32[0]
		case one.f64 != nil:
			out.f64[i] = one.f64[0]
		default:
			out.i64[i] = one.i64[0]
		}
	}
	return nil
}

// ramp is start + i·step, computed in the element type.
type ramp struct {
	t           graph.Type
	start, step *graph.Tensor
}

func (r ramp) typ() graph.Type { return r.t }
func (r ramp) cost() int       { return 1 }

func (r ramp) eval(_ *scratch, idx []int, out block) error {
	for i, k := range idx {
		switch r.t.DType {
		case graph.Float32:
			p := float32(k) * r.step.F32[0]
			out.f32[i] = r.start.F32[0] + p
		case graph.Float64:
			p := float64(k) * r.step.F64[0]
			out.f64[i] = r.start.F64[0] + p
		default:
			out.i64[i] = r.start.I64[0] + int64(k)*r.step.I64[0]
		}
	}
	return nil
}

// compute evaluates e whole.
func compute(e expr) (*graph.Tensor, error) {
	if l, ok := e.(leaf); ok {
		return l.t, nil
	}
	ty := e.typ()
	t := graph.NewTensor(ty.DType, ty.Shape...)
	return t, each(e, 0, t.Len(), func(at int, b block) {
		switch {
		case t.F32 != nil:
			copy(t.F32[at:], b.f32)
		case t.F64 != nil:
			copy(t.F64[at:], b.f64)
		case t.I64 != nil:
			copy(t.I64[at:], b.i64)
		default:
			for i, v := range b.i64 {
				t.U8[at+i] = uint8(v)
			}
		}
	})
}

// each evaluates elements [at, at+n) block by block; use gets offsets from at.
func each(e expr, at, n int, use func(off int, b block)) error {
	s := &scratch{}
	idx := make([]int, min(n, blockLen))
	for off := 0; off < n; off += blockLen {
		k := min(blockLen, n-off)
		for i := range k {
			idx[i] = at + off + i
		}
		b := s.get(e.typ().DType, k)
		if err := e.eval(s, idx[:k], b); err != nil {
			return err
		}
		use(off, b)
		s.put(b)
	}
	return nil
}

// Lazy is a constant of a graph that is computed when it is asked for. It is safe
// for concurrent use.
type Lazy struct{ e expr }

// Type implements graph.Data.
func (l *Lazy) Type() graph.Type { return l.e.typ() }

// Fill implements graph.Data.
func (l *Lazy) Fill(dst []float32, at int) error {
	n := l.e.typ().Shape.Len()
	if at < 0 || at > n || len(dst) > n-at {
		return fmt.Errorf("%w: elements %d..%d of %v", fault.ErrInternal, at, at+len(dst), l.e.typ())
	}
	return each(l.e, at, len(dst), func(off int, b block) {
		switch {
		case b.f32 != nil:
			copy(dst[off:], b.f32)
		case b.f64 != nil:
			convert(dst[off:], b.f64)
		default:
			convert(dst[off:], b.i64)
		}
	})
}

func convert[T float32 | float64 | int64, S float32 | float64 | int64](dst []T, src []S) {
	for i, v := range src {
		dst[i] = T(v)
	}
}
