package dnnl

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// eltwiseOf returns the library's name and parameters of a forward activation.
func eltwiseOf(a graph.Act) (alg, float32, float32) {
	switch a.Fn {
	case graph.Clip:
		return eltClip, a.Alpha, a.Beta
	case graph.LeakyRelu:
		return eltRelu, a.Alpha, 0
	case graph.Sigmoid:
		return eltSigmoid, 0, 0
	case graph.Tanh:
		return eltTanh, 0, 0
	case graph.HardSigmoid:
		return eltHardSigmoid, a.Alpha, a.Beta
	case graph.HardSwish:
		return eltHardSwish, 1. / 6, 0.5
	case graph.Relu:
		return eltRelu, 0, 0
	}
	return eltLinear, 1, 0
}

// lowerAct keeps the layout of x, and x's memory if x dies here.
func lowerAct(c *compiler, n *graph.Node, o graph.Act) error {
	x, err := c.in(n.In[0])
	if err != nil {
		return err
	}
	y, err := c.out(n.Out[0], x.d)
	if err != nil {
		return err
	}
	a, alpha, beta := eltwiseOf(o)
	p, err := c.tmp.eltwiseForward(inference, a, x.d, y.d, alpha, beta)
	if err != nil {
		return err
	}
	c.primitive(o.Kind(), p, y, reads(argSrc, x), writes(argDst, y)).over(y, x)
	return nil
}

// lowerActGrad is dx = f'(v)·dy in v's layout, over dy if that dies here.
func lowerActGrad(c *compiler, n *graph.Node, o graph.ActGrad) error {
	v, err := c.in(n.In[0])
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
		return e.list.actGrad(e.name, o.Act, e.f32(dx), e.f32(v), e.f32(dy))
	}).over(dx, dy).over(dx, v)
	return nil
}
