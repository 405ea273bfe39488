package dnnl

import (
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// lowerBinary runs equal shapes as the library's binary, in the layout of one
// operand, with an activation that alone reads y in the same primitive. Broadcasts
// are own kernels: channel-wise ones in any layout, others row-major.
func lowerBinary(c *compiler, n *graph.Node, o graph.Binary) error {
	a, b := n.In[0], n.In[1]
	if a.Shape.Equal(b.Shape) && a.Shape.Rank() > 0 && a.Shape.Rank() <= 5 {
		return c.binarySame(n, o, a, b)
	}
	commutes := o.Fn == graph.Add || o.Fn == graph.Mul
	if commutes && b.Shape.Equal(n.Out[0].Shape) {
		a, b = b, a
	}
	if at, ok := spreads(a.Shape, b.Shape); ok && a.Shape.Equal(n.Out[0].Shape) {
		if done, err := c.binaryChannels(n, o, a, b, at); done || err != nil {
			return err
		}
	}
	return c.binaryStrided(n, o, a, b)
}

func (c *compiler) binarySame(n *graph.Node, o graph.Binary, a, b *graph.Value) error {
	commutes := o.Fn == graph.Add || o.Fn == graph.Mul
	if commutes && (c.lastUse(b, n) && !c.lastUse(a, n) || c.plainOnly(a) && !c.plainOnly(b)) {
		a, b = b, a
	}
	act, y := c.activation(n)
	x0, err := c.operand(a, c.half[y])
	if err != nil {
		return err
	}
	x1, err := c.as(b, x0.d)
	if err != nil {
		return err
	}
	to, err := c.out(y, x0.d)
	if err != nil {
		return err
	}
	ops, text := then(act)
	k := []alg{binaryAdd, binarySub, binaryMul, binaryDiv}[o.Fn]
	p, err := c.tmp.binary(k, x0.d, x1.d, to.d, ops...)
	if err != nil {
		return err
	}
	c.primitive(o.Kind()+text, p, to, reads(argSrc, x0), reads(argSrc1, x1), writes(argDst, to)).over(to, x0)
	return nil
}

// plainOnly reports whether v has no other layout than row-major.
func (c *compiler) plainOnly(v *graph.Value) bool {
	x := c.of(v)
	return len(x.forms) == 0 || x.forms[0].lay.rowMajor()
}

// lastUse reports whether no node after n reads v.
func (c *compiler) lastUse(v *graph.Value, n *graph.Node) bool {
	if v.Kind != graph.Computed || c.keep[v] {
		return false
	}
	return !slices.ContainsFunc(c.users[v], func(u *graph.Node) bool { return u != n && c.position[u] > c.position[n] })
}

// spreads returns how a row-major b lies beside a [N C spatial...]: each of N, C and
// the plane is whole in b or broadcast.
func spreads(a, b graph.Shape) (spread, bool) {
	if len(a) < 2 || len(b) > len(a) {
		return spread{}, false
	}
	full := make(graph.Shape, len(a))
	for i := range full {
		full[i] = 1
	}
	copy(full[len(a)-len(b):], b)
	var at spread
	plane := full[2:].Len()
	if plane != 1 && !full[2:].Equal(a[2:]) || full[0] != 1 && full[0] != a[0] || full[1] != 1 && full[1] != a[1] {
		return spread{}, false
	}
	if plane != 1 {
		at.s = 1
	}
	if full[1] != 1 {
		at.c = plane
	}
	if full[0] != 1 {
		at.n = plane * full[1]
	}
	return at, true
}

// binaryChannels keeps a's layout if it is one of channels; it does nothing else.
func (c *compiler) binaryChannels(n *graph.Node, o graph.Binary, a, b *graph.Value, at spread) (bool, error) {
	x, err := c.in(a)
	if err != nil || x.lay.channels() == 0 || x.elems() != graph.Shape(x.lay.padded).Len() {
		return false, err
	}
	r, err := c.row(b)
	if err != nil {
		return false, err
	}
	y, err := c.out(n.Out[0], x.d)
	if err != nil {
		return false, err
	}
	c.kernel(o.Kind(), y, []*form{x, r}, []*form{y}, func(e *emitter) error {
		return e.list.channelBinary(e.name, o.Fn, e.f32(y), e.f32(x), e.f32(r), x.lay, at)
	}).over(y, x)
	return true, nil
}

func (c *compiler) binaryStrided(n *graph.Node, o graph.Binary, a, b *graph.Value) error {
	x, err := c.row(a)
	if err != nil {
		return err
	}
	r, err := c.row(b)
	if err != nil {
		return err
	}
	y, err := c.outRow(n.Out[0])
	if err != nil {
		return err
	}
	to := n.Out[0].Shape
	c.kernel(o.Kind(), y, []*form{x, r}, []*form{y}, func(e *emitter) error {
		return e.list.binary(e.name, o.Fn, e.f32(y), e.f32(x), e.f32(r), to, broadcast(a.Shape, to), broadcast(b.Shape, to))
	})
	return nil
}

// broadcast returns the steps of a row-major tensor of shape s under shape to.
func broadcast(s, to graph.Shape) stride {
	st := stride{step: make([]int, len(to))}
	lead := len(to) - len(s)
	for i, k := range s.Strides() {
		if s[i] != 1 {
			st.step[lead+i] = k
		}
	}
	return st
}
