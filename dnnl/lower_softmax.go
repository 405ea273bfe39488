package dnnl

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// lowerSoftmax runs on row-major tensors.
func lowerSoftmax(c *compiler, n *graph.Node, o graph.Softmax) error {
	x, err := c.row(n.In[0])
	if err != nil {
		return err
	}
	y, err := c.outRow(n.Out[0])
	if err != nil {
		return err
	}
	axis, err := graph.Axis(o.Axis, n.In[0].Shape.Rank())
	if err != nil {
		return err
	}
	p, err := c.tmp.softmaxForward(inference, softmaxPlain, x.d, y.d, axis)
	if err != nil {
		return err
	}
	c.primitive("Softmax", p, y, reads(argSrc, x), writes(argDst, y)).over(y, x)
	return nil
}

func lowerSoftmaxGrad(c *compiler, n *graph.Node, o graph.SoftmaxGrad) error {
	y, err := c.row(n.In[0])
	if err != nil {
		return err
	}
	dy, err := c.row(n.In[1])
	if err != nil {
		return err
	}
	dx, err := c.outRow(n.Out[0])
	if err != nil {
		return err
	}
	axis, err := graph.Axis(o.Axis, n.In[0].Shape.Rank())
	if err != nil {
		return err
	}
	hint, err := c.tmp.softmaxForward(training, softmaxPlain, y.d, y.d, axis)
	if err != nil {
		return err
	}
	p, err := c.tmp.softmaxBackward(softmaxPlain, dx.d, dy.d, y.d, axis, hint)
	if err != nil {
		return err
	}
	c.primitive("SoftmaxGrad", p, dx, reads(argDst, y), reads(argDiffDst, dy), writes(argDiffSrc, dx)).over(dx, dy)
	return nil
}
