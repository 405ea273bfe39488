package dnnl

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// norm is what a normalisation fused with ReLU leaves for its gradient.
type norm struct {
	dy *graph.Value // gradient of the ReLU's result
	x  *form        // the forward primitive's input
	ws *form        // which results were positive
	p  pd
}

const affine = normScale | normShift

// lowerBatchNorm normalises with stored statistics, in the layout of x. A ReLU that
// alone reads y runs in the same primitive.
func lowerBatchNorm(c *compiler, n *graph.Node, o graph.BatchNorm) error {
	y, relu, grad := n.Out[0], c.reluOf(n), (*graph.Node)(nil)
	dir, f := inference, normGlobal|affine
	text := "BatchNorm"
	if relu != nil {
		var ok bool
		if grad, ok = c.normGrad(n, relu); ok {
			y, f, text = relu.Out[0], f|normFuseRelu, "BatchNorm+Relu"
			c.done[relu] = true
			if grad != nil {
				dir = training
			}
		}
	}
	p, x, err := c.normForward(dir, n.In[0], c.half[y], o.Eps, f)
	if err != nil {
		return err
	}
	args := []binding{reads(argSrc, x)}
	for i, index := range []int{argScale, argShift, argMean, argVariance} {
		r, err := c.row(n.In[1+i])
		if err != nil {
			return err
		}
		args = append(args, reads(index, r))
	}
	to, err := c.out(y, x.d)
	if err != nil {
		return err
	}
	var ws *form
	if w := p.workspace(); !w.none() {
		if ws, err = c.newForm(w, inArena); err != nil {
			return err
		}
		args = append(args, writes(argWorkspace, ws))
	}
	if grad != nil {
		c.norms[grad].x, c.norms[grad].ws, c.norms[grad].p = x, ws, p
	}
	c.primitive(text, p, to, append(args, writes(argDst, to))...).over(to, x)
	return nil
}

// normForward describes the normalisation of v.
func (c *compiler) normForward(dir prop, v *graph.Value, half bool, eps float32, f normFlags) (pd, *form, error) {
	return c.friendly(v, half, func(x desc) (pd, error) { return c.tmp.batchNormForward(dir, x, x, eps, f) })
}

// reluOf returns the ReLU that alone reads n's first result, or nil.
func (c *compiler) reluOf(n *graph.Node) *graph.Node {
	y := n.Out[0]
	if c.keep[y] || len(c.users[y]) != 1 {
		return nil
	}
	u := c.users[y][0]
	if a, ok := u.Op.(graph.Act); ok && a.Fn == graph.Relu {
		return u
	}
	return nil
}

// normGrad reports whether n may be fused with relu: it has no gradient, or
//
//	ReluGrad(relu's result, dy) -> BatchNormGrad(x, .., d)
//
// and nothing else reads in between. The gradient node then takes dy itself.
func (c *compiler) normGrad(n, relu *graph.Node) (*graph.Node, bool) {
	var grad *graph.Node
	for _, u := range c.users[n.In[0]] {
		if _, ok := u.Op.(graph.BatchNormGrad); ok && u.In[0] == n.In[0] && u.In[2] == n.In[3] && u.In[3] == n.In[4] {
			if grad != nil {
				return nil, false
			}
			grad = u
		}
	}
	if grad == nil {
		return nil, true
	}
	act := grad.In[4].From
	if act == nil || c.keep[grad.In[4]] || len(c.users[grad.In[4]]) != 1 {
		return nil, false
	}
	if a, ok := act.Op.(graph.ActGrad); !ok || a.Fn != graph.Relu || act.In[0] != relu.Out[0] {
		return nil, false
	}
	c.done[act] = true
	c.norms[grad] = &norm{dy: act.In[1]}
	return grad, true
}

// lowerBatchNormGrad is dx, dscale and dbias, in the layout of x. The library's form
// without dscale and dbias refuses a scale (3.2), so they are always computed.
func lowerBatchNormGrad(c *compiler, n *graph.Node, o graph.BatchNormGrad) error {
	if o.Batch {
		return c.batchBackward(n, o.Eps, graph.Act{})
	}
	f := affine | normGlobal
	fused, upstream, text := c.norms[n], n.In[4], "BatchNormGrad"
	var hint pd
	var x *form
	var err error
	if fused != nil {
		f, upstream, hint, x, text = f|normFuseRelu, fused.dy, fused.p, fused.x, "ReluGrad+BatchNormGrad"
	} else if hint, x, err = c.normForward(training, n.In[0], c.half[n.Out[0]], o.Eps, f); err != nil {
		return err
	}
	p, err := c.tmp.batchNormBackward(backward, x.d, x.d, x.d, o.Eps, f, hint)
	if err != nil {
		return err
	}
	return c.normGradStep(n, p, text, x, upstream, fused)
}

func (c *compiler) normGradStep(n *graph.Node, p pd, text string, x *form, upstream *graph.Value, fused *norm) error {
	dy, err := c.as(upstream, x.d)
	if err != nil {
		return err
	}
	dx, err := c.out(n.Out[0], x.d)
	if err != nil {
		return err
	}
	args := []binding{reads(argSrc, x), reads(argDiffDst, dy), writes(argDiffSrc, dx)}
	for i, index := range []int{argScale, argMean, argVariance} {
		r, err := c.row(n.In[1+i])
		if err != nil {
			return err
		}
		args = append(args, reads(index, r))
	}
	for i, index := range []int{argDiffScale, argDiffShift} {
		r, err := c.normParam(n, 1+i)
		if err != nil {
			return err
		}
		args = append(args, writes(index, r))
	}
	if fused != nil && fused.ws != nil {
		args = append(args, reads(argWorkspace, fused.ws))
	}
	c.primitive(text, p, dx, args...).over(dx, dy)
	return nil
}

// normParam is result i of n, or memory that nobody reads.
func (c *compiler) normParam(n *graph.Node, i int) (*form, error) {
	if i < len(n.Out) {
		return c.outRow(n.Out[i])
	}
	d, err := c.plain(n.In[1])
	if err != nil {
		return nil, err
	}
	return c.newForm(d, inArena)
}

// lowerBlend moves a running value, over the old one if that may go.
func lowerBlend(c *compiler, n *graph.Node, o graph.Blend) error {
	old, err := c.in(n.In[0])
	if err != nil {
		return err
	}
	now, err := c.as(n.In[1], old.d)
	if err != nil {
		return err
	}
	y, err := c.result(n.Out[0], old)
	if err != nil {
		return err
	}
	c.kernel("Blend", y, []*form{old, now}, []*form{y}, func(e *emitter) error {
		return e.list.blend(e.name, o, e.f32(y), e.f32(old), e.f32(now))
	}).over(y, old)
	return nil
}

// result gives v the layout of old, and its memory if v updates that state in place.
func (c *compiler) result(v *graph.Value, old *form) (*form, error) {
	if c.order.inPlace[v] != nil && old.buf.place == inState {
		c.of(v).forms = []*form{old}
		return old, nil
	}
	delete(c.order.inPlace, v) // the state keeps another layout: stored at the end
	return c.out(v, old.d)
}
