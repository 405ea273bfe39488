package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Transpose permutes dimensions: dimension i of y is dimension Perm[i] of x.
// Source: ONNX Transpose-13.
type Transpose struct{ Perm []int }

// Kind implements Op.
func (Transpose) Kind() string { return "Transpose" }

// Infer implements Op.
func (t Transpose) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 1, 1); err != nil {
		return nil, err
	}
	x := in[0].Shape
	s, seen := make(Shape, len(x)), make([]bool, len(x))
	for i, p := range t.Perm {
		if len(t.Perm) != len(x) || p < 0 || p >= len(x) || seen[p] {
			return nil, fmt.Errorf("%w: permutation %v of %v", fault.ErrShape, t.Perm, x)
		}
		s[i], seen[p] = x[p], true
	}
	if len(t.Perm) != len(x) {
		return nil, fmt.Errorf("%w: permutation %v of %v", fault.ErrShape, t.Perm, x)
	}
	return one(in[0], s), nil
}

// Grad implements Gradient.
func (t Transpose) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	inv := make([]int, len(t.Perm))
	for i, p := range t.Perm {
		inv[p] = i
	}
	dx, err := b.Add1(n, "dx", Transpose{inv}, dy[0])
	return []*Value{dx}, err
}
