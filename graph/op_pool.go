package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// PoolFn is the reduction of a pooling window.
type PoolFn uint8

// The reductions.
const (
	MaxPool PoolFn = iota
	AveragePool
)

// Pool slides a window: x [N C spatial...] -> y [N C out...].
//
// Padding never wins a maximum. An average divides by the window's elements
// inside the picture or, with CountPad, inside the picture and its padding
// (elements beyond the padding, reached with Ceil, never count).
// Source: ONNX MaxPool-12, AveragePool-19.
type Pool struct {
	Fn PoolFn
	Window
	Ceil     bool
	CountPad bool
}

// Kind implements Op.
func (p Pool) Kind() string {
	if p.Fn == MaxPool {
		return "MaxPool"
	}
	return "AveragePool"
}

// Infer implements Op.
func (p Pool) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 1, 1); err != nil {
		return nil, err
	}
	x := in[0]
	if err := image(x); err != nil {
		return nil, err
	}
	out, err := p.Out(x.Shape[2:], p.Ceil)
	if err != nil {
		return nil, err
	}
	for i := range p.Kernel {
		if p.PadBegin[i] >= p.Extent(i) || p.PadEnd[i] >= p.Extent(i) {
			return nil, fmt.Errorf("%w: padding %d+%d of a pooling window of %d", fault.ErrShape, p.PadBegin[i], p.PadEnd[i], p.Extent(i))
		}
	}
	return one(x, append(x.Shape[:2].Clone(), out...)), nil
}

// Grad implements Gradient.
func (p Pool) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	dx, err := b.Add1(n, "dx", PoolGrad{p}, n.In[0], n.Out[0], dy[0])
	return []*Value{dx}, err
}

// PoolGrad is the gradient of Pool: x, y, dy -> dx. Of equal maxima the first in
// row-major order takes the gradient. An average needs only the shape of x.
type PoolGrad struct{ Pool }

// Kind implements Op.
func (p PoolGrad) Kind() string { return p.Pool.Kind() + "Grad" }

// Infer implements Op.
func (p PoolGrad) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 3, 3); err != nil {
		return nil, err
	}
	if err := sameFloat(in); err != nil {
		return nil, err
	}
	y, err := p.Pool.Infer(in[:1])
	if err != nil {
		return nil, err
	}
	if !y[0].Shape.Equal(in[2].Shape) || !y[0].Shape.Equal(in[1].Shape) {
		return nil, fmt.Errorf("%w: gradient %v of %v", fault.ErrShape, in[2].Shape, y[0].Shape)
	}
	return one(in[0], in[0].Shape), nil
}

// Grad hides Pool's: there are no second derivatives.
func (p PoolGrad) Grad(_ *Backprop, n *Node, _ []*Value) ([]*Value, error) {
	return nil, fmt.Errorf("%v: %w: second derivative", n, fault.ErrUnsupported)
}

// GlobalAveragePool averages all spatial elements: [N C spatial...] -> [N C 1...].
// Source: ONNX GlobalAveragePool-1.
type GlobalAveragePool struct{}

// Kind implements Op.
func (GlobalAveragePool) Kind() string { return "GlobalAveragePool" }

// Infer implements Op.
func (GlobalAveragePool) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 1, 1); err != nil {
		return nil, err
	}
	if err := image(in[0]); err != nil {
		return nil, err
	}
	s := in[0].Shape.Clone()
	for i := 2; i < len(s); i++ {
		s[i] = 1
	}
	return one(in[0], s), nil
}

// AsPool returns the equal Pool for an input of shape x.
func (GlobalAveragePool) AsPool(x Shape) Pool {
	k := len(x) - 2
	w := Window{Kernel: x[2:].Clone(), Stride: make([]int, k), Dilation: make([]int, k), PadBegin: make([]int, k), PadEnd: make([]int, k)}
	for i := range k {
		w.Stride[i], w.Dilation[i] = 1, 1
	}
	return Pool{Fn: AveragePool, Window: w}
}

// Grad implements Gradient.
func (o GlobalAveragePool) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	dx, err := b.Add1(n, "dx", PoolGrad{o.AsPool(n.In[0].Shape)}, n.In[0], n.Out[0], dy[0])
	return []*Value{dx}, err
}
