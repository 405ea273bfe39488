package dnnl

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// saved is what a pooling or LRN keeps for its gradient.
type saved struct {
	p  pd
	ws *form // nil: none needed
}

// lowerGlobalAveragePool is the pooling over the whole picture.
func lowerGlobalAveragePool(c *compiler, n *graph.Node, o graph.GlobalAveragePool) error {
	return lowerPool(c, n, o.AsPool(n.In[0].Shape))
}

// lowerPool keeps the layout of x. A maximum whose gradient is wanted keeps the
// places of its maxima.
func lowerPool(c *compiler, n *graph.Node, o graph.Pool) error {
	s, x, err := c.pool(o, n.In[0], n.Out[0].Shape, c.hasGrad(n), c.half[n.Out[0]])
	if err != nil {
		return err
	}
	y, err := c.out(n.Out[0], s.p.dst())
	if err != nil {
		return err
	}
	c.poolStep(n.Op.Kind(), s, x, y)
	if s.ws != nil {
		c.poolings[n.Out[0]] = s
	}
	return c.recount(n.Op.Kind(), o, n.In[0].Shape, n.Out[0])
}

// hasGrad reports whether a PoolGrad or LRNGrad follows n.
func (c *compiler) hasGrad(n *graph.Node) bool {
	for _, u := range c.users[n.Out[0]] {
		switch u.Op.(type) {
		case graph.PoolGrad, graph.LRNGrad:
			if u.In[0] == n.In[0] && u.In[1] == n.Out[0] {
				return true
			}
		}
	}
	return false
}

// pool describes o on v, in 16 bits if half and v is; y's layout follows.
func (c *compiler) pool(o graph.Pool, v *graph.Value, y graph.Shape, grad, half bool) (*saved, *form, error) {
	dir := inference
	if grad && o.Fn == graph.MaxPool {
		dir = training
	}
	p, x, err := c.friendly(v, half, func(x desc) (pd, error) {
		lay, err := x.layout()
		if err != nil {
			return pd{}, err
		}
		free, err := c.any(lay.dtype(), y...)
		if err != nil {
			return pd{}, err
		}
		return c.tmp.poolForward(dir, poolAlg(o), x, free, reach(o, v.Shape[2:], y[2:]))
	})
	if err != nil {
		return nil, nil, err
	}
	s := &saved{p: p}
	if w := p.workspace(); dir == training && !w.none() {
		s.ws, err = c.newForm(w, inArena)
	}
	return s, x, err
}

func (c *compiler) poolStep(text string, s *saved, x, y *form) {
	args := []binding{reads(argSrc, x), writes(argDst, y)}
	if s.ws != nil {
		args = append(args, writes(argWorkspace, s.ws))
	}
	c.primitive(text, s.p, y, args...)
}

func poolAlg(o graph.Pool) alg {
	switch {
	case o.Fn == graph.MaxPool:
		return poolMax
	case o.CountPad:
		return poolAvgPad
	}
	return poolAvgNoPad
}

// reach returns the window with the end padding that y's extents need: with Ceil
// the last one may begin inside the padding and end behind it.
func reach(o graph.Pool, x, y []int) graph.Window {
	w := o.Window
	w.PadEnd = append([]int(nil), w.PadEnd...)
	for i := range y {
		need := (y[i]-1)*w.Stride[i] + w.Extent(i) - x[i] - w.PadBegin[i]
		w.PadEnd[i] = max(w.PadEnd[i], need)
	}
	return w
}

// recount corrects an average in place: the library counts elements beyond the
// padding, which graph.Pool does not.
func (c *compiler) recount(text string, o graph.Pool, x graph.Shape, v *graph.Value) error {
	f := countFactors(o, x[2:], v.Shape[2:])
	if f == nil {
		return nil
	}
	from := c.of(v).forms[0]
	to, err := c.newForm(from.d, inArena)
	if err != nil {
		return err
	}
	if err := c.factors(text+" count", from, f, v.Shape, to); err != nil {
		return err
	}
	c.of(v).forms = []*form{to}
	return nil
}

// factors appends to = from·f, f [1 1 spatial...].
func (c *compiler) factors(text string, from *form, f []float32, shape graph.Shape, to *form) error {
	dims := append(graph.Shape{1, 1}, shape[2:]...)
	k, err := c.constant(graph.FromF32(f, dims...))
	if err != nil {
		return err
	}
	p, err := c.tmp.binary(binaryMul, from.d, k.d, to.d)
	if err != nil {
		return err
	}
	c.primitive(text, p, to, reads(argSrc, from), reads(argSrc1, k), writes(argDst, to)).over(to, from)
	return nil
}

// constant makes a row-major constant that the program does not have.
func (c *compiler) constant(t *graph.Tensor) (*form, error) {
	v := &graph.Value{Name: c.node + "/constant", Type: t.Type(), Kind: graph.Const, Data: t}
	c.consts = append(c.consts, v)
	return c.row(v)
}

// countFactors returns window elements / elements counted for every place of y,
// nil if all are 1.
func countFactors(o graph.Pool, x, y []int) []float32 {
	if o.Fn != graph.AveragePool || !o.CountPad {
		return nil
	}
	f, all := []float32{1}, true
	for d := range y {
		var next []float32
		for _, v := range f {
			for p := range y[d] {
				k := 0
				for t := range o.Kernel[d] {
					if p*o.Stride[d]+t*o.Dilation[d] < o.PadBegin[d]+x[d]+o.PadEnd[d] {
						k++
					}
				}
				all = all && k == o.Kernel[d]
				next = append(next, v*float32(o.Kernel[d])/float32(max(1, k)))
			}
		}
		f = next
	}
	if all {
		return nil
	}
	return f
}

// lowerPoolGrad is dx in the layout of x from dy and, for a maximum, the places
// that the forward step kept. Without one (a gradient by itself) it is made here.
func lowerPoolGrad(c *compiler, n *graph.Node, o graph.PoolGrad) error {
	x, y := n.In[0], n.In[1]
	s := c.poolings[y]
	if s == nil {
		var err error
		if s, err = c.poolAgain(o.Pool, x, y); err != nil {
			return err
		}
	}
	has, dd := s.p.src(0), s.p.dst()
	p, err := c.tmp.poolBackward(poolAlg(o.Pool), has, dd, reach(o.Pool, x.Shape[2:], y.Shape[2:]), s.p)
	if err != nil {
		return err
	}
	dy, err := c.as(n.In[2], dd)
	if err != nil {
		return err
	}
	if f := countFactors(o.Pool, x.Shape[2:], y.Shape[2:]); f != nil {
		to, err := c.newForm(dy.d, inArena)
		if err != nil {
			return err
		}
		if err := c.factors(o.Kind()+" count", dy, f, y.Shape, to); err != nil {
			return err
		}
		dy = to
	}
	dx, err := c.out(n.Out[0], has)
	if err != nil {
		return err
	}
	args := []binding{reads(argDiffDst, dy), writes(argDiffSrc, dx)}
	if s.ws != nil {
		args = append(args, reads(argWorkspace, s.ws))
	}
	c.primitive(o.Kind(), p, dx, args...)
	return nil
}

// poolAgain describes the forward step of a gradient and, for a maximum, runs it.
func (c *compiler) poolAgain(o graph.Pool, x, y *graph.Value) (*saved, error) {
	s, f, err := c.pool(o, x, y.Shape, true, c.half[x])
	if err != nil || s.ws == nil {
		return s, err
	}
	to, err := c.newForm(s.p.dst(), inArena)
	if err != nil {
		return nil, err
	}
	c.poolStep("MaxPool", s, f, to)
	return s, nil
}
