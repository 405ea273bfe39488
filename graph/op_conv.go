package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Conv is a cross-correlation, as every framework calls a convolution.
//
//	x [N C spatial...], w [K C/Groups kernel...], b [K] optional -> y [N K out...]
//
// Source: ONNX Conv-11.
type Conv struct {
	Window
	Groups int
}

// Kind implements Op.
func (Conv) Kind() string { return "Conv" }

// Infer implements Op.
func (c Conv) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 2, 3); err != nil {
		return nil, err
	}
	return c.infer(in[0], in[1], opt(in, 2))
}

func (c Conv) infer(x, w, b *Value) ([]Type, error) {
	if err := sameFloat([]*Value{x, w, b}); err != nil {
		return nil, err
	}
	if err := image(x); err != nil {
		return nil, err
	}
	if w.Shape.Rank() != x.Shape.Rank() || !w.Shape[2:].Equal(c.Kernel) {
		return nil, fmt.Errorf("%w: weight %v with kernel %v for input %v", fault.ErrShape, w.Shape, c.Kernel, x.Shape)
	}
	if c.Groups < 1 || w.Shape[0]%c.Groups != 0 || w.Shape[1]*c.Groups != x.Shape[1] {
		return nil, fmt.Errorf("%w: input %v has %d channels, weight %v with group %d wants %d",
			fault.ErrShape, x.Shape, x.Shape[1], w.Shape, c.Groups, w.Shape[1]*c.Groups)
	}
	if err := vector(b, "bias", w.Shape[0]); err != nil {
		return nil, err
	}
	out, err := c.Out(x.Shape[2:], false)
	if err != nil {
		return nil, err
	}
	return one(x, append(Shape{x.Shape[0], w.Shape[0]}, out...)), nil
}

// Grad implements Gradient.
func (c Conv) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	x, w, bias := n.In[0], n.In[1], opt(n.In, 2)
	dx := make([]*Value, len(n.In))
	var err error
	if b.Wants(x) {
		if dx[0], err = b.Add1(n, "dx", ConvGradInput{c, x.Shape}, w, dy[0]); err != nil {
			return nil, err
		}
	}
	if b.Wants(w) {
		op := ConvGradWeight{c, w.Shape, b.Wants(bias)}
		d, err := b.Add(n, "dw", op, x, dy[0])
		if err != nil {
			return nil, err
		}
		dx[1] = d[0]
		if op.Bias {
			dx[2] = d[1]
		}
		return dx, nil
	}
	if b.Wants(bias) {
		dx[2], err = b.Add1(n, "db", Reduce{Fn: Sum, Axes: allBut(dy[0].Shape.Rank(), 1)}, dy[0])
	}
	return dx, err
}

// allBut returns the axes of a tensor of the given rank, without keep.
func allBut(rank, keep int) []int {
	var axes []int
	for i := range rank {
		if i != keep {
			axes = append(axes, i)
		}
	}
	return axes
}

// ConvGradInput is the gradient of Conv's input: w, dy -> dx of shape X.
type ConvGradInput struct {
	Conv
	X Shape
}

// Kind implements Op.
func (ConvGradInput) Kind() string { return "ConvGradInput" }

// Infer implements Op.
func (c ConvGradInput) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 2, 2); err != nil {
		return nil, err
	}
	x := &Value{Type: Type{in[0].DType, c.X}}
	return one(x, c.X), c.matches(x, in[0], in[1])
}

// matches checks that dy has the shape of this convolution's result.
func (c Conv) matches(x, w, dy *Value) error {
	if err := sameFloat([]*Value{x, w, dy}); err != nil {
		return err
	}
	y, err := c.infer(x, w, nil)
	if err != nil {
		return err
	}
	if !y[0].Shape.Equal(dy.Shape) {
		return fmt.Errorf("%w: gradient %v, result %v", fault.ErrShape, dy.Shape, y[0].Shape)
	}
	return nil
}

// ConvGradWeight is the gradient of Conv's weight and, with Bias, of its bias:
// x, dy -> dw of shape W, db [K].
type ConvGradWeight struct {
	Conv
	W    Shape
	Bias bool
}

// Kind implements Op.
func (ConvGradWeight) Kind() string { return "ConvGradWeight" }

// Infer implements Op.
func (c ConvGradWeight) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 2, 2); err != nil {
		return nil, err
	}
	w := &Value{Type: Type{in[0].DType, c.W}}
	out := one(w, c.W)
	if c.Bias {
		out = append(out, Type{w.DType, Shape{c.W[0]}})
	}
	return out, c.matches(in[0], w, in[1])
}

// Grad hides Conv's: there are no second derivatives.
func (c ConvGradInput) Grad(_ *Backprop, n *Node, _ []*Value) ([]*Value, error) {
	return nil, fmt.Errorf("%v: %w: second derivative", n, fault.ErrUnsupported)
}

// Grad hides Conv's: there are no second derivatives.
func (c ConvGradWeight) Grad(_ *Backprop, n *Node, _ []*Value) ([]*Value, error) {
	return nil, fmt.Errorf("%v: %w: second derivative", n, fault.ErrUnsupported)
}
