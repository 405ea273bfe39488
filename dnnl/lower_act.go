package dnnl

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// pointwise is an activation as the library knows it.
type pointwise struct {
	name        string
	alg         alg
	alpha, beta float32
}

// swish is x·sigmoid(x), which models spell as two nodes.
var swish = pointwise{"Swish", eltSwish, 1, 0}

// eltwiseOf translates a forward activation.
func eltwiseOf(a graph.Act) pointwise {
	p := pointwise{name: a.Fn.String(), alg: eltLinear, alpha: 1}
	switch a.Fn {
	case graph.Relu:
		p.alg, p.alpha = eltRelu, 0
	case graph.Clip:
		p.alg, p.alpha, p.beta = eltClip, a.Alpha, a.Beta
	case graph.LeakyRelu:
		p.alg, p.alpha = eltRelu, a.Alpha
	case graph.Sigmoid:
		p.alg, p.alpha = eltSigmoid, 0
	case graph.Tanh:
		p.alg, p.alpha = eltTanh, 0
	case graph.HardSigmoid:
		p.alg, p.alpha, p.beta = eltHardSigmoid, a.Alpha, a.Beta
	case graph.HardSwish:
		p.alg, p.alpha, p.beta = eltHardSwish, 1./6, 0.5
	case graph.Exp:
		p.alg, p.alpha = eltExp, 0
	case graph.Log:
		p.alg, p.alpha = eltLog, 0
	default: // NoAct: the identity
	}
	return p
}

// activation returns the activation that alone reads n's result, which is then
// lowered with n, and its result; else nil and n's own.
func (c *compiler) activation(n *graph.Node) (*pointwise, *graph.Value) {
	y := n.Out[0]
	if c.keep[y] {
		return nil, y
	}
	if z := c.swishOf(y); z != nil {
		return &swish, z
	}
	if len(c.users[y]) != 1 {
		return nil, y
	}
	next := c.users[y][0]
	a, ok := next.Op.(graph.Act)
	if !ok {
		return nil, y
	}
	c.done[next] = true
	p := eltwiseOf(a)
	return &p, next.Out[0]
}

// swishOf returns the result of y·sigmoid(y) if that alone reads y and sigmoid(y).
func (c *compiler) swishOf(y *graph.Value) *graph.Value {
	u := c.users[y]
	if len(u) != 2 {
		return nil
	}
	for i, s := range u {
		z := c.gate(s, u[1-i], y)
		if z != nil {
			c.done[s], c.done[u[1-i]] = true, true
			return z
		}
	}
	return nil
}

// gate returns mul's result if s is sigmoid(x), read by mul = x·s only.
func (c *compiler) gate(s, mul *graph.Node, x *graph.Value) *graph.Value {
	a, ok := s.Op.(graph.Act)
	b, is := mul.Op.(graph.Binary)
	if !ok || !is || a.Fn != graph.Sigmoid || b.Fn != graph.Mul || len(c.users[s.Out[0]]) != 1 || c.keep[s.Out[0]] {
		return nil
	}
	if mul.In[0] == x && mul.In[1] == s.Out[0] || mul.In[1] == x && mul.In[0] == s.Out[0] {
		return mul.Out[0]
	}
	return nil
}

// then returns p as a post-operation, and its name.
func then(p *pointwise) ([]postOp, string) {
	if p == nil {
		return nil, ""
	}
	return []postOp{thenEltwise(p.alg, p.alpha, p.beta)}, "+" + p.name
}

// lowerAct keeps the layout of x, and x's memory if x dies here.
func lowerAct(c *compiler, n *graph.Node, o graph.Act) error {
	act, y := eltwiseOf(o), n.Out[0]
	if u := c.users[y]; len(u) == 1 && !c.keep[y] {
		if z := c.gate(n, u[0], n.In[0]); z != nil {
			act, y = swish, z
			c.done[u[0]] = true
		}
	}
	if done, err := c.flat(n.In[0], y, act); done || err != nil {
		return err
	}
	p, x, err := c.friendly(n.In[0], c.half[y], func(x desc) (pd, error) {
		return c.tmp.eltwiseForward(inference, act.alg, x, x, act.alpha, act.beta)
	})
	if err != nil {
		return err
	}
	to, err := c.out(y, x.d)
	if err != nil {
		return err
	}
	c.primitive(act.name, p, to, reads(argSrc, x), writes(argDst, to)).over(to, x)
	return nil
}

// flat computes y = act(x) on the bytes of a blocked tensor with padding and sets
// that to zero again: where act(0) is not 0 the library has only its slow fallback.
func (c *compiler) flat(v, y *graph.Value, act pointwise) (bool, error) {
	if x, err := c.raw(v); err != nil || !x.lay.padding() || x.lay.channels() == 0 {
		return false, err
	}
	x, err := c.in(v)
	if err != nil {
		return false, err
	}
	line, err := c.plainAs(x.elems())
	if err != nil {
		return false, err
	}
	p, err := c.tmp.eltwiseForward(inference, act.alg, line, line, act.alpha, act.beta)
	if err != nil {
		return false, err
	}
	to, err := c.out(y, x.d)
	if err != nil {
		return false, err
	}
	from, err := c.over(x, line)
	if err != nil {
		return false, err
	}
	over, err := c.over(to, line)
	if err != nil {
		return false, err
	}
	c.primitive(act.name, p, to, reads(argSrc, from), writes(argDst, over)).over(to, x)
	c.kernel(act.name+" padding", to, nil, []*form{to}, func(e *emitter) error {
		return e.list.zeroTail(e.name, e.f32(to), to.lay)
	})
	return true, nil
}

// lowerActGrad is dx = f'(v)·dy in v's layout, over dy if that dies here.
func lowerActGrad(c *compiler, n *graph.Node, o graph.ActGrad) error {
	v, err := c.operand(n.In[0], c.half[n.Out[0]])
	if err != nil {
		return err
	}
	dy, err := c.as(n.In[1], v.d)
	if err != nil {
		return err
	}
	dx, err := c.out(n.Out[0], v.d)
	if err != nil {
		return err
	}
	c.kernel(o.Kind(), dx, []*form{v, dy}, []*form{dx}, func(e *emitter) error {
		if v.lay.half {
			return e.list.halfActGrad(e.name, o.Act, v.elems(), e.bytes(dx.buf), e.bytes(v.buf), e.bytes(dy.buf))
		}
		return e.list.actGrad(e.name, o.Act, e.f32(dx), e.f32(v), e.f32(dy))
	}).over(dx, dy).over(dx, v)
	return nil
}
