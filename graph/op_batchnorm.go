package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// BatchNorm normalises x with stored statistics:
//
//	y[n,c,..] = scale[c]·(x[n,c,..]−mean[c])/√(variance[c]+Eps) + bias[c]
//
//	x, y [N C spatial...]; scale, bias, mean, variance [C]
//
// Inputs: x, scale, bias, mean, variance. Frozen layers use this form in training
// too ("affine", "frozen"), so their statistics stay put: mean and variance get no
// gradient. Keep is the momentum of the running statistics in ONNX's sense, used
// when the layer is turned into its training form.
// Source: arXiv:1502.03167 §3.1; ONNX BatchNormalization-15, training_mode=0.
type BatchNorm struct{ Eps, Keep float32 }

// Kind implements Op.
func (BatchNorm) Kind() string { return "BatchNorm" }

// Infer implements Op.
func (BatchNorm) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 5, 5); err != nil {
		return nil, err
	}
	return one(in[0], in[0].Shape), perChannel(in[0], in[1:])
}

func perChannel(x *Value, vs []*Value) error {
	if x.Shape.Rank() < 2 {
		return fmt.Errorf("%w: input %v, want [N C ...]", fault.ErrShape, x.Shape)
	}
	if err := sameFloat(append([]*Value{x}, vs...)); err != nil {
		return err
	}
	for i, v := range vs {
		if err := vector(v, fmt.Sprintf("per-channel input %d", i+1), x.Shape[1]); err != nil {
			return err
		}
	}
	return nil
}

// Grad implements Gradient.
func (o BatchNorm) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	g := BatchNormGrad{Eps: o.Eps, NoParams: !b.Wants(n.In[1]) && !b.Wants(n.In[2])}
	d, err := b.Add(n, "grad", g, n.In[0], n.In[1], n.In[3], n.In[4], dy[0])
	if err != nil {
		return nil, err
	}
	return append(d, make([]*Value, 5-len(d))...), nil
}

// BatchNormTrain normalises x with the statistics of the batch itself and returns
// them: x, scale, bias -> y, mean [C], variance [C] (biased: divided by the count).
type BatchNormTrain struct{ Eps float32 }

// Kind implements Op.
func (BatchNormTrain) Kind() string { return "BatchNormTrain" }

// Infer implements Op.
func (BatchNormTrain) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 3, 3); err != nil {
		return nil, err
	}
	x := in[0]
	c := Type{x.DType, in[1].Shape}
	return []Type{x.Type, c, c}, perChannel(x, in[1:])
}

// Grad implements Gradient.
func (o BatchNormTrain) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	if dy[0] == nil || dy[1] != nil || dy[2] != nil {
		return nil, fmt.Errorf("%w: gradient through batch statistics as results", fault.ErrUnsupported)
	}
	g := BatchNormGrad{Eps: o.Eps, Batch: true}
	return b.Add(n, "grad", g, n.In[0], n.In[1], n.Out[1], n.Out[2], dy[0])
}

// BatchNormGrad is the gradient of both forms:
//
//	x, scale, mean, variance, dy -> dx, dscale [C], dbias [C]
//
// With Batch, mean and variance are those of x and dx accounts for it. With
// NoParams only dx is computed.
type BatchNormGrad struct {
	Eps      float32
	Batch    bool
	NoParams bool
}

// Kind implements Op.
func (BatchNormGrad) Kind() string { return "BatchNormGrad" }

// Infer implements Op.
func (o BatchNormGrad) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 5, 5); err != nil {
		return nil, err
	}
	if err := sameFloat(in); err != nil {
		return nil, err
	}
	if !in[4].Shape.Equal(in[0].Shape) {
		return nil, fmt.Errorf("%w: gradient %v of %v", fault.ErrShape, in[4].Shape, in[0].Shape)
	}
	if err := perChannel(in[0], in[1:4]); err != nil {
		return nil, err
	}
	if o.NoParams {
		return one(in[0], in[0].Shape), nil
	}
	c := Type{in[0].DType, Shape{in[0].Shape[1]}}
	return []Type{in[0].Type, c, c}, nil
}

// Blend moves a running value towards a new one: old, new -> Keep·old + (1−Keep)·Scale·new.
// The running variance takes the unbiased batch variance: Scale = n/(n−1).
type Blend struct{ Keep, Scale float32 }

// Kind implements Op.
func (Blend) Kind() string { return "Blend" }

// Infer implements Op.
func (Blend) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 2, 2); err != nil {
		return nil, err
	}
	if err := sameFloat(in); err != nil {
		return nil, err
	}
	if !in[0].Shape.Equal(in[1].Shape) {
		return nil, fmt.Errorf("%w: %v and %v", fault.ErrShape, in[0].Shape, in[1].Shape)
	}
	return one(in[0], in[0].Shape), nil
}
