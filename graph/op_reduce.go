package graph

import (
	"slices"
)

// ReduceFn is a reduction.
type ReduceFn uint8

// The reductions.
const (
	Sum ReduceFn = iota
	Mean
)

// Reduce sums or averages over Axes (none: all). With Keep the axes stay with
// extent 1. Source: ONNX ReduceSum-13, ReduceMean-18.
type Reduce struct {
	Fn   ReduceFn
	Axes []int
	Keep bool
}

// Kind implements Op.
func (r Reduce) Kind() string {
	if r.Fn == Mean {
		return "ReduceMean"
	}
	return "ReduceSum"
}

// Over returns the axes reduced, in order, for a tensor of the given rank.
func (r Reduce) Over(rank int) ([]int, error) {
	if len(r.Axes) == 0 {
		return allBut(rank, -1), nil
	}
	var axes []int
	for _, a := range r.Axes {
		k, err := Axis(a, rank)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(axes, k) {
			axes = append(axes, k)
		}
	}
	slices.Sort(axes)
	return axes, nil
}

// Infer implements Op.
func (r Reduce) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 1, 1); err != nil {
		return nil, err
	}
	axes, err := r.Over(in[0].Shape.Rank())
	if err != nil {
		return nil, err
	}
	s := Shape{}
	for i, d := range in[0].Shape {
		switch {
		case !slices.Contains(axes, i):
			s = append(s, d)
		case r.Keep:
			s = append(s, 1)
		}
	}
	return one(in[0], s), nil
}

// Grad implements Gradient.
func (r Reduce) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	x, d := n.In[0], dy[0]
	axes, err := r.Over(x.Shape.Rank())
	if err != nil {
		return nil, err
	}
	kept, count := x.Shape.Clone(), 1
	for _, a := range axes {
		count *= kept[a]
		kept[a] = 1
	}
	if r.Fn == Mean {
		if d, err = scaled(b, n, d, 1/float32(count)); err != nil {
			return nil, err
		}
	}
	if d, err = b.Add1(n, "dshape", Reshape{Shape: kept}, d); err != nil {
		return nil, err
	}
	dx, err := b.Add1(n, "dx", Expand{Shape: x.Shape}, d)
	return []*Value{dx}, err
}
