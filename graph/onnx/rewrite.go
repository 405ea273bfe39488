package onnx

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// rewrite applies the patterns that importers of all sources share: scale and
// shift behind a BatchNorm become part of it, and hard-swish is put together from
// its pieces. Every rewrite is reported.
func rewrite(g *graph.Graph, r *Report) (*graph.Graph, error) {
	var err error
	for _, pass := range []func(*graph.Graph, *Report) (*graph.Graph, error){foldScale, matchHardSwish} {
		if g, err = pass(g, r); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// users tells how often each value is read, outputs included.
func users(g *graph.Graph) map[*graph.Value]int {
	u := map[*graph.Value]int{}
	for v, ns := range g.Users() {
		u[v] = len(ns)
	}
	for _, v := range g.Outputs {
		u[v]++
	}
	return u
}

// binaryOf returns n's operands if it is fn.
func binaryOf(n *graph.Node, fn graph.BinaryFn) (a, b *graph.Value, ok bool) {
	if n == nil {
		return nil, nil, false
	}
	if op, is := n.Op.(graph.Binary); is && op.Fn == fn {
		return n.In[0], n.In[1], true
	}
	return nil, nil, false
}

// constant returns v's content if it is a float32 tensor in memory.
func constant(v *graph.Value) *graph.Tensor {
	if v == nil || v.Kind != graph.Const || v.DType != graph.Float32 {
		return nil
	}
	t, _ := v.Data.(*graph.Tensor)
	return t
}

// splat reports whether v is a constant of equal elements x.
func splat(v *graph.Value) (x float32, ok bool) {
	t := constant(v)
	if t == nil || t.Len() == 0 || t.Len() > 1 {
		return 0, false
	}
	return t.F32[0], true
}

// perChannel returns the C numbers of a constant that broadcasts along channels
// only, as [C 1 1] or [1 C 1 1] does for rank 4; a single number is repeated.
func perChannel(v *graph.Value, rank, c int) []float32 {
	t := constant(v)
	if t == nil || t.Shape.Rank() > rank {
		return nil
	}
	for i, d := range t.Shape {
		if axis := rank - t.Shape.Rank() + i; d != 1 && (axis != 1 || d != c) {
			return nil
		}
	}
	out := make([]float32, c)
	for i := range out {
		out[i] = t.F32[i%t.Len()]
	}
	return out
}
