package dnnl

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// rows returns several values row-major.
func (c *compiler) rows(vs ...*graph.Value) ([]*form, error) {
	fs := make([]*form, len(vs))
	for i, v := range vs {
		f, err := c.row(v)
		if err != nil {
			return nil, err
		}
		fs[i] = f
	}
	return fs, nil
}

func lowerLoss(c *compiler, n *graph.Node, _ graph.SoftmaxCrossEntropy) error {
	in, err := c.rows(n.In...)
	if err != nil {
		return err
	}
	y, err := c.outRow(n.Out[0])
	if err != nil {
		return err
	}
	sums := &form{buf: c.newBuffer(int64(8*n.In[0].Shape[0]), inArena)}
	c.kernel(n.Op.Kind(), y, in, []*form{y, sums}, func(e *emitter) error {
		return e.list.crossEntropy(e.name, e.f32(y), e.f32(in[0]), e.f32(in[1]), e.f32(in[2]), view[float64](e.bytes(sums.buf)))
	})
	return nil
}

func lowerLossGrad(c *compiler, n *graph.Node, _ graph.SoftmaxCrossEntropyGrad) error {
	in, err := c.rows(n.In...)
	if err != nil {
		return err
	}
	dx, err := c.outRow(n.Out[0])
	if err != nil {
		return err
	}
	c.kernel(n.Op.Kind(), dx, in, []*form{dx}, func(e *emitter) error {
		return e.list.crossEntropyGrad(e.name, e.f32(dx), e.f32(in[0]), e.f32(in[1]), e.f32(in[2]), e.f32(in[3]), n.In[0].Shape[0])
	})
	return nil
}
