package graph

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Concat joins tensors along Axis. Source: ONNX Concat-13.
type Concat struct{ Axis int }

// Kind implements Op.
func (Concat) Kind() string { return "Concat" }

// Infer implements Op.
func (c Concat) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, max(1, len(in)), math.MaxInt); err != nil {
		return nil, err
	}
	if err := sameType(in); err != nil {
		return nil, err
	}
	s := in[0].Shape.Clone()
	a, err := Axis(c.Axis, len(s))
	if err != nil {
		return nil, err
	}
	s[a] = 0
	for _, v := range in {
		if v.Shape.Rank() != len(s) {
			return nil, fmt.Errorf("%w: %v beside %v", fault.ErrShape, v.Shape, in[0].Shape)
		}
		for i, d := range v.Shape {
			if i != a && d != s[i] {
				return nil, fmt.Errorf("%w: %v beside %v along axis %d", fault.ErrShape, v.Shape, in[0].Shape, a)
			}
		}
		s[a] += v.Shape[a]
	}
	return one(in[0], s), nil
}

// Grad implements Gradient.
func (c Concat) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	dx := make([]*Value, len(n.In))
	a, err := Axis(c.Axis, dy[0].Shape.Rank())
	if err != nil {
		return nil, err
	}
	at := 0
	for i, v := range n.In {
		end := at + v.Shape[a]
		if b.Wants(v) {
			s := Slice{Axes: []int{a}, Start: []int{at}, End: []int{end}, Step: []int{1}}
			if dx[i], err = b.Add1(n, fmt.Sprintf("dx%d", i), s, dy[0]); err != nil {
				return nil, err
			}
		}
		at = end
	}
	return dx, nil
}

// Split cuts x along Axis into parts of the given Sizes. Source: ONNX Split-18.
type Split struct {
	Axis  int
	Sizes []int
}

// Kind implements Op.
func (Split) Kind() string { return "Split" }

// Infer implements Op.
func (s Split) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 1, 1); err != nil {
		return nil, err
	}
	x := in[0].Shape
	a, err := Axis(s.Axis, len(x))
	if err != nil {
		return nil, err
	}
	var out []Type
	sum := 0
	for _, k := range s.Sizes {
		y := x.Clone()
		y[a] = k
		sum += k
		out = append(out, Type{in[0].DType, y})
	}
	if sum != x[a] || len(out) == 0 {
		return nil, fmt.Errorf("%w: sizes %v along axis %d of %v", fault.ErrShape, s.Sizes, a, x)
	}
	return out, nil
}

// Grad implements Gradient.
func (s Split) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	parts := make([]*Value, len(dy))
	for i, d := range dy {
		if parts[i] = d; d == nil {
			parts[i] = b.G.AddConst(n.Name+"/zero", NewTensor(n.Out[i].DType, n.Out[i].Shape...))
		}
	}
	dx, err := b.Add1(n, "dx", Concat{s.Axis}, parts...)
	return []*Value{dx}, err
}
