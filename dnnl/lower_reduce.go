package dnnl

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// lowerReduce sums per channel in the layout of x, averages whole planes as a
// pooling, and does the rest row-major.
func lowerReduce(c *compiler, n *graph.Node, o graph.Reduce) error {
	x := n.In[0].Shape
	axes, err := o.Over(x.Rank())
	if err != nil {
		return err
	}
	over, count := make([]bool, len(x)), 1
	for _, a := range axes {
		over[a] = true
		count *= x[a]
	}
	scale := 1.0
	if o.Fn == graph.Mean {
		scale = 1 / float64(count)
	}
	if done, err := c.channelSum(n, o, over); done || err != nil {
		return err
	}
	if len(x) > 2 && len(x) < 6 && len(axes) == len(x)-2 && !over[0] && !over[1] {
		return c.planeSum(n, o, count)
	}
	f, err := c.row(n.In[0])
	if err != nil {
		return err
	}
	y, err := c.outRow(n.Out[0])
	if err != nil {
		return err
	}
	c.kernel(o.Kind(), y, []*form{f}, []*form{y}, func(e *emitter) error {
		return e.list.reduce(e.name, e.f32(y), e.f32(f), x, over, scale)
	})
	return nil
}

// channelSum does a sum over all but the channels.
func (c *compiler) channelSum(n *graph.Node, o graph.Reduce, over []bool) (bool, error) {
	if o.Fn != graph.Sum || len(over) < 2 {
		return false, nil
	}
	for i, r := range over {
		if r == (i == 1) {
			return false, nil
		}
	}
	x, err := c.in(n.In[0])
	if err != nil || x.lay.channels() == 0 {
		return false, err
	}
	y, err := c.outRow(n.Out[0])
	if err != nil {
		return false, err
	}
	c.kernel(o.Kind(), y, []*form{x}, []*form{y}, func(e *emitter) error {
		return e.list.channelSum(e.name, e.f32(y), e.f32(x), x.lay)
	})
	return true, nil
}

// planeSum averages all spatial elements; a sum is multiplied back.
func (c *compiler) planeSum(n *graph.Node, o graph.Reduce, count int) error {
	shape := append(n.In[0].Shape[:2:2], n.In[0].Shape[2:]...)
	for i := range shape[2:] {
		shape[2+i] = 1
	}
	s, x, err := c.pool(graph.GlobalAveragePool{}.AsPool(n.In[0].Shape), n.In[0], shape, false, false)
	if err != nil {
		return err
	}
	y, err := c.out(n.Out[0], s.p.dst())
	if err != nil {
		return err
	}
	c.poolStep(o.Kind(), s, x, y)
	if o.Fn == graph.Mean {
		return nil
	}
	p, err := c.tmp.eltwiseForward(inference, eltLinear, y.d, y.d, float32(count), 0)
	if err != nil {
		return err
	}
	c.primitive(o.Kind()+" times", p, y, reads(argSrc, y), writes(argDst, y))
	return nil
}
