package dnnl

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// lowerReshape gives y the memory of x, which is made row-major first if its
// elements lie in another order.
func lowerReshape(c *compiler, n *graph.Node, _ graph.Reshape) error { return c.reshape(n) }

func lowerFlatten(c *compiler, n *graph.Node, _ graph.Flatten) error { return c.reshape(n) }

func (c *compiler) reshape(n *graph.Node) error {
	x, err := c.row(n.In[0])
	if err != nil {
		return err
	}
	d, err := c.plain(n.Out[0])
	if err != nil {
		return err
	}
	y, err := c.over(x, d)
	if err != nil {
		return err
	}
	c.of(n.Out[0]).forms = []*form{y}
	return nil
}

// lowerIdentity makes no step: y is x, with all its layouts.
func lowerIdentity(c *compiler, n *graph.Node, _ graph.Identity) error { return c.same(n) }

func lowerDropout(c *compiler, n *graph.Node, _ graph.Dropout) error { return c.same(n) }

func (c *compiler) same(n *graph.Node) error {
	if _, err := c.raw(n.In[0]); err != nil {
		return err
	}
	x, y := c.of(n.In[0]), c.of(n.Out[0])
	y.forms = append([]*form(nil), x.forms...)
	return nil
}

// lowerDropoutTrain runs on rows in row-major order, as the draws are counted.
func lowerDropoutTrain(c *compiler, n *graph.Node, o graph.DropoutTrain) error {
	x, err := c.row(n.In[0])
	if err != nil {
		return err
	}
	rng := c.of(n.In[1]).forms[0]
	y, err := c.outRow(n.Out[0])
	if err != nil {
		return err
	}
	c.kernel("Dropout", y, []*form{x, rng}, []*form{y}, func(e *emitter) error {
		return e.list.dropout(e.name, o, e.f32(y), e.f32(x), view[int64](e.bytes(rng.buf)))
	}).over(y, x)
	return nil
}
