package dnnl

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// lowerConv is y = conv(x, w) + b in the layouts that the library chooses. An
// activation that alone reads y runs in the same primitive.
func lowerConv(c *compiler, n *graph.Node, o graph.Conv) error {
	act, y := c.activation(n)
	return c.conv(n, o, act, nil, y)
}

// lowerFusedConv is y = act(conv(x, w) + b + r). The sum is taken in y's memory,
// into which r is copied unless it dies here.
func lowerFusedConv(c *compiler, n *graph.Node, o graph.FusedConv) error {
	if o.Act.Fn == graph.NoAct {
		act, y := c.activation(n)
		return c.conv(n, o.Conv, act, opt(n.In, 3), y)
	}
	act := eltwiseOf(o.Act)
	return c.conv(n, o.Conv, &act, opt(n.In, 3), n.Out[0])
}

func opt(in []*graph.Value, i int) *graph.Value {
	if i < len(in) {
		return in[i]
	}
	return nil
}

func (c *compiler) conv(n *graph.Node, o graph.Conv, act *pointwise, r, y *graph.Value) error {
	ops, text := then(act)
	if r != nil {
		ops, text = append([]postOp{sumInto()}, ops...), "+Add"+text
	}
	p, err := c.better(func(t graph.DType) (pd, error) { return c.convForward(n, o, t, y, ops...) })
	if err != nil {
		return err
	}
	if err := c.master(n, o, p); err != nil {
		return err
	}
	return c.convSteps(n, p, "Conv"+text, r, y)
}

// master gives a trained weight that p reads in 16 bits its layout in f32.
func (c *compiler) master(n *graph.Node, o graph.Conv, p pd) error {
	lay, err := p.weights().layout()
	if err != nil || !lay.half || n.In[1].Kind != graph.State || len(c.of(n.In[1]).forms) > 0 {
		return err
	}
	q, err := c.convForward(n, o, graph.Float32, n.Out[0])
	if err != nil {
		return err
	}
	_, err = c.as(n.In[1], q.weights())
	return err
}

// convForward creates the primitive of convolution n on its input as it lies, in type t
// with the result y; in 16 bits that may be f32.
func (c *compiler) convForward(n *graph.Node, o graph.Conv, t graph.DType, y *graph.Value, ops ...postOp) (pd, error) {
	d, err := c.convAny(o, t, n.In[0].Shape, n.In[1].Shape, opt(n.In, 2) != nil, y.Shape)
	if err != nil {
		return pd{}, err
	}
	to := graph.Type{DType: t, Shape: y.Shape}
	if t == graph.BFloat16 {
		to.DType = c.typeOf(y)
	}
	return c.sameFamily(n.In[0], graph.Type{DType: t, Shape: n.In[0].Shape}, to, func(x, y desc) (pd, error) {
		return c.tmp.convForward(inference, convDirect, convDescs{x, d.w, d.b, y}, o.Window, ops...)
	})
}

func (c *compiler) convSteps(n *graph.Node, p pd, text string, r, y *graph.Value) error {
	x, err := c.as(n.In[0], p.src(0))
	if err != nil {
		return err
	}
	w, err := c.as(n.In[1], p.weights())
	if err != nil {
		return err
	}
	args := []binding{reads(argSrc, x), reads(argWeights, w)}
	if b := opt(n.In, 2); b != nil {
		f, err := c.row(b)
		if err != nil {
			return err
		}
		args = append(args, reads(argBias, f))
	}
	res := (*value)(nil)
	if r != nil {
		if _, err := c.raw(r); err != nil {
			return err
		}
		res = c.of(r)
	}
	to, err := c.out(y, p.dst())
	if err != nil {
		return err
	}
	if res != nil {
		if err := c.into(res, to); err != nil {
			return err
		}
	}
	c.primitive(text, p, to, append(args, writes(argDst, to))...)
	return nil
}

// convAny describes the tensors of a convolution in type t with layouts left open. Weights
// of a grouped one get the group as an axis of its own.
func (c *compiler) convAny(o graph.Conv, t graph.DType, x, w graph.Shape, bias bool, y graph.Shape) (d convDescs, err error) {
	if d.x, err = c.any(t, x...); err != nil {
		return d, err
	}
	if d.w, err = c.any(t, grouped(o, w)...); err != nil {
		return d, err
	}
	if bias {
		if d.b, err = c.plainAs(w[0]); err != nil {
			return d, err
		}
	}
	d.y, err = c.any(t, y...)
	return d, err
}

// grouped returns the extents oneDNN wants for weights [K C/G kernel...].
func grouped(o graph.Conv, w graph.Shape) []int {
	if o.Groups == 1 {
		return w
	}
	return append([]int{o.Groups, w[0] / o.Groups}, w[1:]...)
}
