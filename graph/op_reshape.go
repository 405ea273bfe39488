package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Reshape keeps the elements in order under a new shape. An entry 0 copies the
// input's extent at that place (so that the batch stays free), -1 takes what is
// left. Source: ONNX Reshape-14 with allowzero=0.
type Reshape struct{ Shape []int }

// Kind implements Op.
func (Reshape) Kind() string { return "Reshape" }

// Infer implements Op.
func (r Reshape) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 1, 1); err != nil {
		return nil, err
	}
	x := in[0].Shape
	bad := func(why string) error {
		return fmt.Errorf("%w: %v to %v: %s", fault.ErrShape, x, Shape(r.Shape), why)
	}
	s, free, n := make(Shape, len(r.Shape)), -1, 1
	for i, d := range r.Shape {
		switch {
		case d == 0 && i < len(x):
			s[i] = x[i]
		case d == 0 && x.Len() == 0:
			s[i] = 0
		case d == 0:
			return nil, bad("0 copies a dimension that is not there")
		case d == -1 && free < 0:
			free = i
			continue
		case d < 0:
			return nil, bad("more than one unknown dimension")
		default:
			s[i] = d
		}
		n *= s[i]
	}
	if free >= 0 {
		if n == 0 || x.Len()%n != 0 {
			return nil, bad("elements do not divide")
		}
		s[free] = x.Len() / n
	}
	if s.Len() != x.Len() {
		return nil, bad(fmt.Sprintf("%d elements, want %d", s.Len(), x.Len()))
	}
	return one(in[0], s), nil
}

// Grad implements Gradient.
func (r Reshape) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	dx, err := b.Add1(n, "dx", Reshape{Shape: n.In[0].Shape}, dy[0])
	return []*Value{dx}, err
}

// Flatten makes a matrix: dimensions before Axis become rows, the others columns.
// Source: ONNX Flatten-13.
type Flatten struct{ Axis int }

// Kind implements Op.
func (Flatten) Kind() string { return "Flatten" }

// Infer implements Op.
func (f Flatten) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 1, 1); err != nil {
		return nil, err
	}
	x, a := in[0].Shape, f.Axis
	if a < 0 {
		a += len(x)
	}
	if a < 0 || a > len(x) {
		return nil, fmt.Errorf("%w: axis %d of %v", fault.ErrShape, f.Axis, x)
	}
	return one(in[0], Shape{x[:a].Len(), x[a:].Len()}), nil
}

// Grad implements Gradient.
func (f Flatten) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	return Reshape{}.Grad(b, n, dy)
}
