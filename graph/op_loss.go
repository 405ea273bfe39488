package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// SoftmaxCrossEntropy is the training loss:
//
//	loss = −inv·Σ_i Σ_c q[i,c]·ln softmax(logits[i])[c]
//
//	logits, q [N K]; inv [1] -> loss [1]
//
// q carries labels, label smoothing, class weights, sample weights and mixing, inv
// one over the total weight: all of PyTorch's CrossEntropyLoss is a choice of q and
// inv. A padded row has q = 0. q and inv get no gradient.
type SoftmaxCrossEntropy struct{}

// Kind implements Op.
func (SoftmaxCrossEntropy) Kind() string { return "SoftmaxCrossEntropy" }

// Infer implements Op.
func (SoftmaxCrossEntropy) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 3, 3); err != nil {
		return nil, err
	}
	if err := checkLoss(in); err != nil {
		return nil, err
	}
	return one(in[0], Shape{1}), nil
}

func checkLoss(in []*Value) error {
	if err := sameFloat(in); err != nil {
		return err
	}
	if in[0].Shape.Rank() != 2 || !in[0].Shape.Equal(in[1].Shape) {
		return fmt.Errorf("%w: logits %v, target %v; want equal [N K]", fault.ErrShape, in[0].Shape, in[1].Shape)
	}
	return vector(in[2], "inverse weight", 1)
}

// Grad implements Gradient.
func (SoftmaxCrossEntropy) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	d, err := b.Add1(n, "dlogits", SoftmaxCrossEntropyGrad{}, n.In[0], n.In[1], n.In[2], dy[0])
	return []*Value{d, nil, nil}, err
}

// SoftmaxCrossEntropyGrad is dl·inv·(softmax(logits)·Σ_c q − q):
// logits, q, inv [1], dl [1] -> dlogits.
type SoftmaxCrossEntropyGrad struct{}

// Kind implements Op.
func (SoftmaxCrossEntropyGrad) Kind() string { return "SoftmaxCrossEntropyGrad" }

// Infer implements Op.
func (SoftmaxCrossEntropyGrad) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 4, 4); err != nil {
		return nil, err
	}
	if err := sameFloat(in); err != nil {
		return nil, err
	}
	if err := vector(in[3], "loss gradient", 1); err != nil {
		return nil, err
	}
	return one(in[0], in[0].Shape), checkLoss(in[:3])
}
