package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Dropout marks a place where elements are dropped with probability P in
// training. It is the identity; the training pass turns it into DropoutTrain
// where the layer trains.
type Dropout struct{ P float32 }

// Kind implements Op.
func (Dropout) Kind() string { return "Dropout" }

// Infer implements Op.
func (Dropout) Infer(in []*Value) ([]Type, error) { return Identity{}.Infer(in) }

// Grad implements Gradient.
func (Dropout) Grad(_ *Backprop, _ *Node, dy []*Value) ([]*Value, error) { return dy, nil }

// DropoutTrain zeroes elements with probability P and scales the others by
// 1/(1−P):
//
//	x [N ...], rng [2+N] i64 -> y
//
// rng = seed, epoch, then the sample index of each row. Element j of row i draws
// word j%4 of Philox block j/4 with counter (block, sample, epoch, Tag) and is
// kept if (word>>8)·2⁻²⁴ >= P. The gradient is the same operator on dy.
type DropoutTrain struct {
	P   float32
	Tag uint32 // philox.Hash of the node's name
}

// Kind implements Op.
func (DropoutTrain) Kind() string { return "DropoutTrain" }

// Infer implements Op.
func (d DropoutTrain) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 2, 2); err != nil {
		return nil, err
	}
	if err := sameFloat(in[:1]); err != nil {
		return nil, err
	}
	x, r := in[0], in[1]
	if x.Shape.Rank() < 1 || r.DType != Int64 || !r.Shape.Equal(Shape{2 + x.Shape[0]}) {
		return nil, fmt.Errorf("%w: rng %v for rows of %v", fault.ErrShape, r, x.Shape)
	}
	if d.P < 0 || d.P >= 1 {
		return nil, fmt.Errorf("%w: dropout probability %v", fault.ErrModel, d.P)
	}
	return one(x, x.Shape), nil
}

// Grad implements Gradient.
func (d DropoutTrain) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	dx, err := b.Add1(n, "dx", d, dy[0], n.In[1])
	return []*Value{dx, nil}, err
}
