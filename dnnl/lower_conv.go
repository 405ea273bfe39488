package dnnl

import (
	"errors"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
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
	act, y := &o.Act, n.Out[0]
	if o.Act.Fn == graph.NoAct {
		act, y = c.activation(n)
	}
	return c.conv(n, o.Conv, act, opt(n.In, 3), y)
}

func opt(in []*graph.Value, i int) *graph.Value {
	if i < len(in) {
		return in[i]
	}
	return nil
}

// activation returns the activation that is the only reader of n's result, which
// is then lowered with n, and its result; else nil and n's own.
func (c *compiler) activation(n *graph.Node) (*graph.Act, *graph.Value) {
	y := n.Out[0]
	if c.keep[y] || len(c.users[y]) != 1 {
		return nil, y
	}
	next := c.users[y][0]
	a, ok := next.Op.(graph.Act)
	if !ok {
		return nil, y
	}
	c.done[next] = true
	return &a, next.Out[0]
}

// then returns act as a post-operation, and its name.
func then(act *graph.Act) ([]postOp, string) {
	if act == nil || act.Fn == graph.NoAct {
		return nil, ""
	}
	a, alpha, beta := eltwiseOf(*act)
	return []postOp{thenEltwise(a, alpha, beta)}, "+" + act.Fn.String()
}

func (c *compiler) conv(n *graph.Node, o graph.Conv, act *graph.Act, r, y *graph.Value) error {
	ops, text := then(act)
	if r != nil {
		ops, text = append([]postOp{sumInto()}, ops...), "+Add"+text
	}
	d, err := c.convAny(o, n.In[0].Shape, n.In[1].Shape, opt(n.In, 2) != nil, y.Shape)
	if err != nil {
		return err
	}
	p, err := c.choose(n.In[0], d.x, pd.firstSrc, func(x desc) (pd, error) {
		e := d
		e.x = x
		return c.tmp.convForward(c.direction(n), convDirect, e, o.Window, ops...)
	})
	if err != nil {
		return err
	}
	return c.convSteps(n, p, "Conv"+text, r, y)
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
		if _, err := c.in(r); err != nil {
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

// direction is training if the program has a backward part that needs n's pd as a
// hint of the same kind; convolutions keep nothing, so inference is always right.
func (c *compiler) direction(*graph.Node) prop { return inference }

// convAny describes the tensors of a convolution with layouts left open. Weights
// of a grouped one get the group as an axis of its own.
func (c *compiler) convAny(o graph.Conv, x, w graph.Shape, bias bool, y graph.Shape) (d convDescs, err error) {
	if d.x, err = c.any(x...); err != nil {
		return d, err
	}
	if d.w, err = c.any(grouped(o, w)...); err != nil {
		return d, err
	}
	if bias {
		if d.b, err = c.plainAs(w[0]); err != nil {
			return d, err
		}
	}
	d.y, err = c.any(y...)
	return d, err
}

// grouped returns the extents oneDNN wants for weights [K C/G kernel...].
func grouped(o graph.Conv, w graph.Shape) []int {
	if o.Groups == 1 {
		return w
	}
	return append([]int{o.Groups, w[0] / o.Groups}, w[1:]...)
}

func (p pd) firstSrc() desc { return p.src(0) }

// choose creates a primitive that may choose the layout of its input v. If it
// would have v reordered and a fast implementation takes v as it is, that one is used.
func (c *compiler) choose(v *graph.Value, free desc, wants func(pd) desc, create func(desc) (pd, error)) (pd, error) {
	p, err := create(free)
	if err != nil {
		return p, err
	}
	has, err := c.layoutOf(v)
	if err != nil {
		return p, err
	}
	lay, err := has.layout()
	if err != nil || lay.rowMajor() || wants(p).equal(has) {
		return p, err
	}
	q, err := create(has)
	if errors.Is(err, fault.ErrUnsupported) || err == nil && !fast(q) {
		return p, nil
	}
	return q, err
}

// fast reports whether p is not one of the library's fallbacks.
func fast(p pd) bool {
	i := p.impl()
	return !strings.HasPrefix(i, "ref") && !strings.HasPrefix(i, "gemm") && !strings.HasPrefix(i, "simple")
}
