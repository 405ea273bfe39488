package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// LRN is local response normalisation across channels:
//
//	y = x·(Bias + Alpha/Size·Σ x²)^−Beta,  sum over Size channels around c
//
// from c−⌊(Size−1)/2⌋ to c+⌈(Size−1)/2⌉. x [N C spatial...]. Source: ONNX LRN-13.
type LRN struct {
	Size              int
	Alpha, Beta, Bias float32
}

// Kind implements Op.
func (LRN) Kind() string { return "LRN" }

// Infer implements Op.
func (l LRN) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 1, 1); err != nil {
		return nil, err
	}
	if l.Size < 1 {
		return nil, fmt.Errorf("%w: LRN size %d", fault.ErrModel, l.Size)
	}
	if err := sameFloat(in); err != nil {
		return nil, err
	}
	return one(in[0], in[0].Shape), image(in[0])
}

// Grad implements Gradient.
func (l LRN) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	dx, err := b.Add1(n, "dx", LRNGrad{l}, n.In[0], n.Out[0], dy[0])
	return []*Value{dx}, err
}

// LRNGrad is the gradient of LRN: x, y, dy -> dx.
type LRNGrad struct{ LRN }

// Kind implements Op.
func (LRNGrad) Kind() string { return "LRNGrad" }

// Infer implements Op.
func (l LRNGrad) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 3, 3); err != nil {
		return nil, err
	}
	if err := sameFloat(in); err != nil {
		return nil, err
	}
	if !in[0].Shape.Equal(in[2].Shape) || !in[0].Shape.Equal(in[1].Shape) {
		return nil, fmt.Errorf("%w: gradient %v of %v", fault.ErrShape, in[2].Shape, in[0].Shape)
	}
	return l.LRN.Infer(in[:1])
}

// Grad hides LRN's: there are no second derivatives.
func (LRNGrad) Grad(_ *Backprop, n *Node, _ []*Value) ([]*Value, error) {
	return nil, fmt.Errorf("%v: %w: second derivative", n, fault.ErrUnsupported)
}
