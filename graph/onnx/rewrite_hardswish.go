package onnx

import (
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// matchHardSwish replaces the two forms in which exporters spell x·hardsigmoid(x):
//
//	Mul(x, HardSigmoid(x))                       alpha 1/6, beta 1/2
//	Mul and Div by 6 of x and Clip(x+3, 0, 6)    in either order
func matchHardSwish(g *graph.Graph, r *Report) (*graph.Graph, error) {
	c := graph.NewCopier()
	c.Leaves(g)
	for _, n := range g.Nodes {
		x := hardSwishOf(n)
		var err error
		if x != nil {
			r.note("hard-swish put together from its pieces", n.Name)
			err = c.Replace(n, graph.Act{Fn: graph.HardSwish}, c.Map[x])
		} else {
			err = c.Node(n)
		}
		if err != nil {
			return nil, err
		}
	}
	out, err := c.Finish(g)
	if err != nil {
		return nil, err
	}
	return graph.Prune(out, out.Outputs...)
}

// hardSwishOf returns x if n computes hard-swish of x, else nil.
func hardSwishOf(n *graph.Node) *graph.Value {
	if a, b, ok := binaryOf(n, graph.Mul); ok {
		if x := either(a, b, isHardSigmoid); x != nil {
			return x
		}
	}
	if num := sixth(n); num != nil { // (x·clip)/6
		if a, b, ok := binaryOf(num.From, graph.Mul); ok {
			return either(a, b, isClip6)
		}
	}
	return nil
}

// either returns a or b, whichever the other is is(·) of.
func either(a, b *graph.Value, is func(v, x *graph.Value) bool) *graph.Value {
	switch {
	case is(b, a):
		return a
	case is(a, b):
		return b
	}
	return nil
}

// isHardSigmoid reports whether v = HardSigmoid(x) with alpha 1/6, or Clip6(x)/6.
func isHardSigmoid(v, x *graph.Value) bool {
	if v.From == nil {
		return false
	}
	if a, ok := v.From.Op.(graph.Act); ok && a.Fn == graph.HardSigmoid {
		return v.From.In[0] == x && math.Abs(float64(a.Alpha)-1./6) < 1e-6 && a.Beta == 0.5
	}
	num := sixth(v.From)
	return num != nil && isClip6(num, x)
}

// sixth returns y if n = y/6 or y·(1/6).
func sixth(n *graph.Node) *graph.Value {
	if a, b, ok := binaryOf(n, graph.Div); ok {
		if k, ok := splat(b); ok && k == 6 {
			return a
		}
	}
	if a, b, ok := binaryOf(n, graph.Mul); ok {
		if k, ok := splat(b); ok && math.Abs(float64(k)-1./6) < 1e-6 {
			return a
		}
	}
	return nil
}

// isClip6 reports whether v = Clip(x+3, 0, 6).
func isClip6(v, x *graph.Value) bool {
	if v.From == nil {
		return false
	}
	if a, ok := v.From.Op.(graph.Act); !ok || a.Fn != graph.Clip || a.Alpha != 0 || a.Beta != 6 {
		return false
	}
	a, b, ok := binaryOf(v.From.In[0].From, graph.Add)
	if !ok {
		return false
	}
	if k, is := splat(b); is && k == 3 && a == x {
		return true
	}
	k, is := splat(a)
	return is && k == 3 && b == x
}
