package dnnl

import (
	"errors"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// lowerLRN uses the library's primitive for odd windows, in the layout of x. Its
// even windows lean the other way than ONNX's, so those are an own kernel.
func lowerLRN(c *compiler, n *graph.Node, o graph.LRN) error {
	if o.Size%2 == 0 || n.In[0].Shape.Rank() != 4 {
		return c.lrnKernel(n, o)
	}
	x, err := c.in(n.In[0])
	if c.half != nil && err == nil { // blocked by channels, size 1 crashes the library (3.2)
		x, err = c.row(n.In[0])
	}
	if err != nil {
		return err
	}
	grad := c.hasGrad(n)
	s, err := c.lrn(o, x, grad)
	if errors.Is(err, fault.ErrUnsupported) {
		return c.lrnKernel(n, o)
	}
	if err != nil {
		return err
	}
	y, err := c.out(n.Out[0], x.d)
	if err != nil {
		return err
	}
	c.lrnStep(s, x, y)
	if grad {
		c.poolings[n.Out[0]] = s
	}
	return nil
}

func (c *compiler) lrn(o graph.LRN, x *form, grad bool) (*saved, error) {
	dir := inference
	if grad {
		dir = training
	}
	p, err := c.tmp.lrnForward(dir, x.d, x.d, o)
	if err != nil {
		return nil, err
	}
	s := &saved{p: p}
	if w := p.workspace(); grad && !w.none() {
		s.ws, err = c.newForm(w, inArena)
	}
	return s, err
}

func (c *compiler) lrnStep(s *saved, x, y *form) {
	args := []binding{reads(argSrc, x), writes(argDst, y)}
	if s.ws != nil {
		args = append(args, writes(argWorkspace, s.ws))
	}
	c.primitive("LRN", s.p, y, args...)
}

func (c *compiler) lrnKernel(n *graph.Node, o graph.LRN) error {
	x, err := c.row(n.In[0])
	if err != nil {
		return err
	}
	y, err := c.outRow(n.Out[0])
	if err != nil {
		return err
	}
	c.kernel("LRN", y, []*form{x}, []*form{y}, func(e *emitter) error {
		return e.list.lrn(e.name, o, e.f32(y), e.f32(x), n.In[0].Shape)
	})
	return nil
}

// lowerLRNGrad uses what the forward primitive kept; by itself it is an own kernel.
func lowerLRNGrad(c *compiler, n *graph.Node, o graph.LRNGrad) error {
	if s := c.poolings[n.In[1]]; s != nil {
		return c.lrnBackward(n, o, s)
	}
	x, err := c.row(n.In[0])
	if err != nil {
		return err
	}
	dy, err := c.row(n.In[2])
	if err != nil {
		return err
	}
	dx, err := c.outRow(n.Out[0])
	if err != nil {
		return err
	}
	c.kernel("LRNGrad", dx, []*form{x, dy}, []*form{dx}, func(e *emitter) error {
		return e.list.lrnGrad(e.name, o.LRN, e.f32(dx), e.f32(x), e.f32(dy), n.In[0].Shape)
	})
	return nil
}

func (c *compiler) lrnBackward(n *graph.Node, o graph.LRNGrad, s *saved) error {
	x, err := c.as(n.In[0], s.p.src(0))
	if err != nil {
		return err
	}
	dy, err := c.as(n.In[2], x.d)
	if err != nil {
		return err
	}
	p, err := c.tmp.lrnBackward(x.d, dy.d, x.d, o.LRN, s.p)
	if err != nil {
		return err
	}
	dx, err := c.out(n.Out[0], x.d)
	if err != nil {
		return err
	}
	args := []binding{reads(argSrc, x), reads(argDiffDst, dy), writes(argDiffSrc, dx)}
	if s.ws != nil {
		args = append(args, reads(argWorkspace, s.ws))
	}
	c.primitive("LRNGrad", p, dx, args...)
	return nil
}
