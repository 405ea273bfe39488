package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Softmax is exp(x)/Σexp(x) along Axis. Source: ONNX Softmax-13.
type Softmax struct{ Axis int }

// Kind implements Op.
func (Softmax) Kind() string { return "Softmax" }

// Infer implements Op.
func (s Softmax) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 1, 1); err != nil {
		return nil, err
	}
	if err := sameFloat(in); err != nil {
		return nil, err
	}
	_, err := Axis(s.Axis, in[0].Shape.Rank())
	return one(in[0], in[0].Shape), err
}

// Grad implements Gradient.
func (s Softmax) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	dx, err := b.Add1(n, "dx", SoftmaxGrad{s}, n.Out[0], dy[0])
	return []*Value{dx}, err
}

// SoftmaxGrad is y·(dy − Σ y·dy along Axis): y, dy -> dx.
type SoftmaxGrad struct{ Softmax }

// Kind implements Op.
func (SoftmaxGrad) Kind() string { return "SoftmaxGrad" }

// Infer implements Op.
func (s SoftmaxGrad) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 2, 2); err != nil {
		return nil, err
	}
	if err := sameFloat(in); err != nil {
		return nil, err
	}
	if !in[0].Shape.Equal(in[1].Shape) {
		return nil, fmt.Errorf("%w: gradient %v of %v", fault.ErrShape, in[1].Shape, in[0].Shape)
	}
	return s.Softmax.Infer(in[:1])
}

// Grad hides Softmax's: there are no second derivatives.
func (SoftmaxGrad) Grad(_ *Backprop, n *Node, _ []*Value) ([]*Value, error) {
	return nil, fmt.Errorf("%v: %w: second derivative", n, fault.ErrUnsupported)
}
