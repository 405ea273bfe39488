package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Gemm is y = Alpha·A'·B' + Beta·c, where A' is a or its transpose.
//
//	a [M K] ([K M] with TransA), b [K N] ([N K] with TransB), c broadcast to [M N], optional
//
// A linear layer is Gemm{TransB: true} on x [N D], w [K D], b [K].
// Source: ONNX Gemm-13.
type Gemm struct {
	TransA, TransB bool
	Alpha, Beta    float32
}

// Linear is the Gemm of a fully connected layer with weight [out in].
var Linear = Gemm{TransB: true, Alpha: 1, Beta: 1}

// Kind implements Op.
func (Gemm) Kind() string { return "Gemm" }

// Infer implements Op.
func (g Gemm) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 2, 3); err != nil {
		return nil, err
	}
	if err := sameFloat(in); err != nil {
		return nil, err
	}
	a, b := in[0].Shape, in[1].Shape
	if a.Rank() != 2 || b.Rank() != 2 {
		return nil, fmt.Errorf("%w: %v times %v, want matrices", fault.ErrShape, a, b)
	}
	m, k := pick(a, g.TransA)
	k2, n := pick(b, g.TransB)
	if k != k2 {
		return nil, fmt.Errorf("%w: inner dimensions %d and %d of %v and %v", fault.ErrShape, k, k2, a, b)
	}
	y := Shape{m, n}
	if c := opt(in, 2); c != nil {
		if s, err := Broadcast(y, c.Shape); err != nil || !s.Equal(y) {
			return nil, fmt.Errorf("%w: c %v does not broadcast to %v", fault.ErrShape, c.Shape, y)
		}
	}
	return one(in[0], y), nil
}

func pick(s Shape, trans bool) (rows, cols int) {
	if trans {
		return s[1], s[0]
	}
	return s[0], s[1]
}

// Grad implements Gradient.
func (g Gemm) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	dx := make([]*Value, len(n.In))
	x, w, d := n.In[0], n.In[1], dy[0]
	var err error
	if b.Wants(x) { // A' = a: dy·B'ᵀ; A' = aᵀ: B'·dyᵀ
		if g.TransA {
			dx[0], err = b.Add1(n, "da", Gemm{g.TransB, true, g.Alpha, 0}, w, d)
		} else {
			dx[0], err = b.Add1(n, "da", Gemm{false, !g.TransB, g.Alpha, 0}, d, w)
		}
		if err != nil {
			return nil, err
		}
	}
	if b.Wants(w) { // B' = b: A'ᵀ·dy; B' = bᵀ: dyᵀ·A'
		if g.TransB {
			dx[1], err = b.Add1(n, "db", Gemm{true, g.TransA, g.Alpha, 0}, d, x)
		} else {
			dx[1], err = b.Add1(n, "db", Gemm{!g.TransA, false, g.Alpha, 0}, x, d)
		}
		if err != nil {
			return nil, err
		}
	}
	if c := opt(n.In, 2); b.Wants(c) {
		if g.Beta != 1 {
			if d, err = scaled(b, n, d, g.Beta); err != nil {
				return nil, err
			}
		}
		dx[2], err = sumTo(b, n, d, c.Shape)
	}
	return dx, err
}
