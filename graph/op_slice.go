package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Slice takes x[Start:End:Step] along Axes; the other axes whole. Negative
// positions count from the end and are clamped as in ONNX; Step may be negative.
// Source: ONNX Slice-13.
type Slice struct{ Axes, Start, End, Step []int }

// Kind implements Op.
func (Slice) Kind() string { return "Slice" }

// Range is start + i·step for i in [0, count) along one axis.
type Range struct{ Start, Step, Count int }

// Ranges returns the positions taken along every axis of a tensor of shape x.
func (s Slice) Ranges(x Shape) ([]Range, error) {
	if len(s.Axes) != len(s.Start) || len(s.Axes) != len(s.End) || len(s.Axes) != len(s.Step) {
		return nil, fmt.Errorf("%w: slice with %d axes, %d starts, %d ends, %d steps",
			fault.ErrModel, len(s.Axes), len(s.Start), len(s.End), len(s.Step))
	}
	r := make([]Range, len(x))
	for i, d := range x {
		r[i] = Range{0, 1, d}
	}
	for i, axis := range s.Axes {
		a, err := Axis(axis, len(x))
		if err != nil {
			return nil, err
		}
		if s.Step[i] == 0 {
			return nil, fmt.Errorf("%w: slice step 0", fault.ErrModel)
		}
		r[a] = clampRange(x[a], s.Start[i], s.End[i], s.Step[i])
	}
	return r, nil
}

func clampRange(n, start, end, step int) Range {
	lo, hi := 0, n
	if step < 0 {
		lo, hi = -1, n-1
	}
	at := func(p int) int {
		if p < 0 {
			p += n
		}
		return min(max(p, lo), hi)
	}
	start, end = at(start), at(end)
	if n == 0 {
		return Range{0, step, 0}
	}
	count := 0
	if step > 0 && end > start {
		count = (end-start-1)/step + 1
	} else if step < 0 && end < start {
		count = (start-end-1)/-step + 1
	}
	return Range{start, step, count}
}

// Infer implements Op.
func (s Slice) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 1, 1); err != nil {
		return nil, err
	}
	r, err := s.Ranges(in[0].Shape)
	if err != nil {
		return nil, err
	}
	out := make(Shape, len(r))
	for i := range r {
		out[i] = r[i].Count
	}
	return one(in[0], out), nil
}

// Grad implements Gradient.
func (s Slice) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	dx, err := b.Add1(n, "dx", SliceGrad{s, n.In[0].Shape}, dy[0])
	return []*Value{dx}, err
}

// SliceGrad writes dy to the places Slice took from a tensor of shape X, zero
// elsewhere: dy -> dx.
type SliceGrad struct {
	Slice
	X Shape
}

// Kind implements Op.
func (SliceGrad) Kind() string { return "SliceGrad" }

// Infer implements Op.
func (s SliceGrad) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 1, 1); err != nil {
		return nil, err
	}
	y, err := s.Slice.Infer([]*Value{{Type: Type{in[0].DType, s.X}}})
	if err != nil {
		return nil, err
	}
	if !y[0].Shape.Equal(in[0].Shape) {
		return nil, fmt.Errorf("%w: gradient %v of a slice %v", fault.ErrShape, in[0].Shape, y[0].Shape)
	}
	return one(in[0], s.X), nil
}

// Grad implements Gradient: the slice again.
func (s SliceGrad) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	dx, err := b.Add1(n, "dx", s.Slice, dy[0])
	return []*Value{dx}, err
}
