package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// FoldNorm multiplies a BatchNorm with stored statistics into the weights of the
// convolution before it, so that both train as one convolution:
//
//	s = scale/√(variance+Eps),  w'[k..] = w[k..]·s[k],  b' = (b − mean)·s + bias
//
//	w [K ...]; scale, bias, mean, variance [K]; b [K] optional -> w' [K ...], b' [K]
//
// conv(x, w') + b' equals the normalised conv(x, w) + b, and so do all gradients,
// without the values in between. Mean and variance get no gradient.
type FoldNorm struct{ Eps float32 }

// Kind implements Op.
func (FoldNorm) Kind() string { return "FoldNorm" }

// Infer implements Op.
func (FoldNorm) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 5, 6); err != nil {
		return nil, err
	}
	return []Type{in[0].Type, {in[0].DType, Shape{in[0].Shape[0]}}}, perRow(in[0], in[1:])
}

// perRow checks vectors with one element a row of w [K ...].
func perRow(w *Value, vs []*Value) error {
	if w.Shape.Rank() < 2 {
		return fmt.Errorf("%w: weight %v, want [K ...]", fault.ErrShape, w.Shape)
	}
	if err := sameFloat(append([]*Value{w}, vs...)); err != nil {
		return err
	}
	for i, v := range vs {
		if err := vector(v, fmt.Sprintf("per-row input %d", i+1), w.Shape[0]); err != nil {
			return err
		}
	}
	return nil
}

// Grad implements Gradient.
func (o FoldNorm) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	if dy[0] == nil || dy[1] == nil {
		return nil, fmt.Errorf("%w: gradient of only one result", fault.ErrUnsupported)
	}
	in := []*Value{n.In[0], n.In[1], n.In[3], n.In[4], dy[0], dy[1]}
	bias := opt(n.In, 5)
	if bias != nil {
		in = append(in, bias)
	}
	d, err := b.Add(n, "grad", FoldNormGrad(o), in...)
	if err != nil {
		return nil, err
	}
	dx := []*Value{d[0], d[1], d[2], nil, nil}
	if bias != nil {
		dx = append(dx, d[3])
	}
	return dx, nil
}

// FoldNormGrad is the gradient of FoldNorm, with r = 1/√(variance+Eps):
//
//	dw = dw'·scale·r,  dscale[k] = r·(Σ dw'[k..]·w[k..] + db'[k]·(b[k] − mean[k]))
//	dbias = db',  db = db'·scale·r
//
// Inputs: w, scale, mean, variance, dw', db', b (optional) -> dw, dscale, dbias and,
// with b, db.
type FoldNormGrad struct{ Eps float32 }

// Kind implements Op.
func (FoldNormGrad) Kind() string { return "FoldNormGrad" }

// Infer implements Op.
func (FoldNormGrad) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 6, 7); err != nil {
		return nil, err
	}
	w, rows := in[0], append([]*Value{in[1], in[2], in[3], in[5]}, in[6:]...)
	if !in[4].Shape.Equal(w.Shape) {
		return nil, fmt.Errorf("%w: gradient %v of %v", fault.ErrShape, in[4].Shape, w.Shape)
	}
	k := Type{w.DType, Shape{w.Shape[0]}}
	t := []Type{w.Type, k, k}
	if len(in) == 7 {
		t = append(t, k)
	}
	return t, perRow(w, rows)
}
