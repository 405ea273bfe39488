package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// FusedConv is Conv, bias, residual addition and activation in one:
//
//	y = Act(Conv(x, w, b) + r)      r of y's shape, optional
//
// It is made by FuseInference, and by BuildTrain after the gradients are there; it
// has none itself. Act.Fn NoAct means none.
type FusedConv struct {
	Conv
	Act Act
}

// Kind implements Op.
func (FusedConv) Kind() string { return "FusedConv" }

// Infer implements Op. Inputs: x, w, b (may be nil), r (may be absent).
func (f FusedConv) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 2, 4); err != nil {
		return nil, err
	}
	if err := sameFloat(in); err != nil {
		return nil, err
	}
	y, err := f.infer(in[0], in[1], opt(in, 2))
	if err != nil {
		return nil, err
	}
	if r := opt(in, 3); r != nil && !r.Shape.Equal(y[0].Shape) {
		return nil, fmt.Errorf("%w: residual %v, result %v", fault.ErrShape, r.Shape, y[0].Shape)
	}
	return y, nil
}

// Grad hides Conv's.
func (f FusedConv) Grad(_ *Backprop, n *Node, _ []*Value) ([]*Value, error) {
	return nil, fmt.Errorf("%v: %w: fuse after taking gradients", n, fault.ErrUnsupported)
}
