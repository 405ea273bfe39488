package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// FusedBatchNormTrain is BatchNormTrain, a residual addition and an activation:
//
//	y[n,c,..] = Act(scale[c]·(x[n,c,..]−mean[c])/√(variance[c]+Eps) + bias[c] + r[n,c,..])
//
//	x, r, y [N C spatial...]; scale, bias, mean, variance [C]
//
// Inputs: x, scale, bias, r (may be absent). Results: y, mean, variance of x over
// all but the channels, the variance divided by the count. Act is NoAct, Relu or
// Clip, whose derivatives follow from y. FuseNorms makes it.
// Source: arXiv:1502.03167 §3.1, algorithm 1.
type FusedBatchNormTrain struct {
	Eps float32
	Act Act
}

// Kind implements Op.
func (FusedBatchNormTrain) Kind() string { return "FusedBatchNormTrain" }

// Infer implements Op.
func (o FusedBatchNormTrain) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 3, 4); err != nil {
		return nil, err
	}
	if err := normAct(o.Act); err != nil {
		return nil, err
	}
	if err := sameFloat(in); err != nil {
		return nil, err
	}
	x := in[0]
	if r := opt(in, 3); r != nil && !r.Shape.Equal(x.Shape) {
		return nil, fmt.Errorf("%w: residual %v of %v", fault.ErrShape, r.Shape, x.Shape)
	}
	c := Type{x.DType, in[1].Shape}
	return []Type{x.Type, c, c}, perChannel(x, in[1:3])
}

// normAct accepts the activations that a fused normalisation may have.
func normAct(a Act) error {
	if a.Fn != NoAct && a.Fn != Relu && a.Fn != Clip {
		return fmt.Errorf("%w: %v fused with a normalisation", fault.ErrUnsupported, a.Fn)
	}
	return nil
}

// Grad implements Gradient.
func (o FusedBatchNormTrain) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	if dy[0] == nil || dy[1] != nil || dy[2] != nil {
		return nil, fmt.Errorf("%w: gradient through batch statistics as results", fault.ErrUnsupported)
	}
	in := []*Value{n.In[0], n.In[1], n.Out[1], n.Out[2], dy[0]}
	if o.Act.Fn != NoAct {
		in = append(in, n.Out[0])
	}
	r := opt(n.In, 3)
	g := FusedBatchNormGrad{Eps: o.Eps, Act: o.Act, Residual: o.Act.Fn != NoAct && b.Wants(r)}
	d, err := b.Add(n, "grad", g, in...)
	if err != nil || r == nil {
		return d, err
	}
	if g.Residual {
		return d, nil
	}
	return append(d, dy[0]), nil
}

// FusedBatchNormGrad is the gradient of FusedBatchNormTrain: with d = Act'·dy,
// r = 1/√(variance+Eps), x̂ = (x−mean)·r and m elements a channel,
//
//	dbias = Σ d    dscale = Σ d·x̂    dx = scale·r·(d − dbias/m − x̂·dscale/m)
//
//	x, dy, y, dx, d [N C spatial...]; scale, mean, variance, dscale, dbias [C]
//
// Inputs: x, scale, mean, variance, dy, y (absent with NoAct). Act' is 1 where y > 0
// (Relu) or Alpha < y < Beta (Clip), else 0. Results: dx, dscale, dbias and, with
// Residual, d, which is the gradient of what was added before the activation.
// Source: arXiv:1502.03167 §3.1.
type FusedBatchNormGrad struct {
	Eps      float32
	Act      Act
	Residual bool
}

// Kind implements Op.
func (FusedBatchNormGrad) Kind() string { return "FusedBatchNormGrad" }

// Infer implements Op.
func (o FusedBatchNormGrad) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 5, 6); err != nil {
		return nil, err
	}
	if err := normAct(o.Act); err != nil {
		return nil, err
	}
	if err := sameFloat(in); err != nil {
		return nil, err
	}
	x, y := in[0], opt(in, 5)
	if y == nil && o.Act.Fn != NoAct {
		return nil, fmt.Errorf("%w: gradient through %v without its result", fault.ErrShape, o.Act.Fn)
	}
	for _, v := range []*Value{in[4], y} {
		if v != nil && !v.Shape.Equal(x.Shape) {
			return nil, fmt.Errorf("%w: %v of %v", fault.ErrShape, v.Shape, x.Shape)
		}
	}
	if err := perChannel(x, in[1:4]); err != nil {
		return nil, err
	}
	c := Type{x.DType, Shape{x.Shape[1]}}
	types := []Type{x.Type, c, c}
	if o.Residual {
		types = append(types, x.Type)
	}
	return types, nil
}
