package dnnl

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// lowerSGD steps every parameter in the layout of its weight, in place where the
// program stores the result.
func lowerSGD(c *compiler, n *graph.Node, o graph.SGD) error {
	return c.optimiser(n, 3, "SGD", func(e *emitter, hyper, clip []float32, p param) error {
		return e.list.sgd(e.name, o, hyper, clip, p)
	})
}

// lowerAdam does the same with two moments. Without Eps it runs row-major: 0/0 in
// the padding of a layout would be NaN.
func lowerAdam(c *compiler, n *graph.Node, o graph.Adam) error {
	if o.Eps <= 0 {
		for i := range len(n.Out) / 3 {
			if _, err := c.row(n.In[2+i]); err != nil {
				return err
			}
		}
	}
	return c.optimiser(n, 4, o.Kind(), func(e *emitter, hyper, clip []float32, p param) error {
		return e.list.adam(e.name, o, hyper, clip, p)
	})
}

// optimiser lowers n, whose inputs are hyper, clip and lists groups of tensors:
// weights, gradients, moments.
func (c *compiler) optimiser(n *graph.Node, lists int, text string, step func(e *emitter, hyper, clip []float32, p param) error) error {
	hyper, err := c.row(n.In[0])
	if err != nil {
		return err
	}
	clip, err := c.row(n.In[1])
	if err != nil {
		return err
	}
	k := (len(n.In) - 2) / lists
	in, outs := []*form{hyper, clip}, []*form{}
	groups := make([][]*form, k) // w, g, m, v, w', m', v' of each parameter
	for i := range k {
		if groups[i], err = c.parameter(n, i, k, lists); err != nil {
			return err
		}
		in = append(in, groups[i][:lists]...)
		outs = append(outs, groups[i][lists:]...)
	}
	c.kernel(text, nil, in, outs, func(e *emitter) error {
		for _, f := range groups {
			p := param{w: e.f32(f[0]), g: e.f32(f[1]), m: e.f32(f[2]), wOut: e.f32(f[lists]), mOut: e.f32(f[lists+1])}
			if lists == 4 {
				p.v, p.vOut = e.f32(f[3]), e.f32(f[lists+2])
			}
			if err := step(e, e.f32(hyper), e.f32(clip), p); err != nil {
				return err
			}
		}
		return nil
	})
	return nil
}

// parameter returns the forms of parameter i: inputs, then results, all in the
// layout of the weight.
func (c *compiler) parameter(n *graph.Node, i, k, lists int) ([]*form, error) {
	w, err := c.in(n.In[2+i])
	if err != nil {
		return nil, err
	}
	if a, ok := n.Op.(graph.Adam); ok && a.Eps <= 0 {
		if w, err = c.row(n.In[2+i]); err != nil {
			return nil, err
		}
	}
	fs := []*form{w}
	for l := 1; l < lists; l++ {
		f, err := c.as(n.In[2+l*k+i], w.d)
		if err != nil {
			return nil, err
		}
		fs = append(fs, f)
	}
	for l, old := range append([]*form{w}, fs[2:]...) {
		f, err := c.result(n.Out[l*k+i], old)
		if err != nil {
			return nil, err
		}
		fs = append(fs, f)
	}
	return fs, nil
}

// lowerGlobalNorm sums squares in whatever layouts the gradients have: padding is 0.
func lowerGlobalNorm(c *compiler, n *graph.Node, _ graph.GlobalNorm) error {
	var in []*form
	total := 0
	for _, v := range n.In {
		f, err := c.in(v)
		if err != nil {
			return err
		}
		in = append(in, f)
		total += partials(f.elems())
	}
	sums := &form{buf: c.newBuffer(int64(8*total), inArena)}
	y, err := c.outRow(n.Out[0])
	if err != nil {
		return err
	}
	c.kernel("GlobalNorm", y, in, []*form{y, sums}, func(e *emitter) error {
		part := view[float64](e.bytes(sums.buf))
		at := 0
		for _, f := range in {
			k := partials(f.elems())
			if err := e.list.squares(e.name, part[at:at+k], e.f32(f)); err != nil {
				return err
			}
			at += k
		}
		return e.list.norm(e.name, e.f32(y), part)
	})
	return nil
}

func lowerClipFactor(c *compiler, n *graph.Node, o graph.ClipFactor) error {
	x, err := c.row(n.In[0])
	if err != nil {
		return err
	}
	y, err := c.outRow(n.Out[0])
	if err != nil {
		return err
	}
	c.kernel("ClipFactor", y, []*form{x}, []*form{y}, func(e *emitter) error {
		return e.list.clipFactor(e.name, o, e.f32(y), e.f32(x))
	})
	return nil
}

// lowerEMA moves averages in the layouts of their weights, in place.
func lowerEMA(c *compiler, n *graph.Node, _ graph.EMA) error {
	d, err := c.row(n.In[0])
	if err != nil {
		return err
	}
	k := len(n.Out)
	in, outs := []*form{d}, []*form{}
	for i := range k {
		w, err := c.in(n.In[1+k+i])
		if err != nil {
			return err
		}
		old, err := c.as(n.In[1+i], w.d)
		if err != nil {
			return err
		}
		y, err := c.result(n.Out[i], old)
		if err != nil {
			return err
		}
		in, outs = append(in, old, w), append(outs, y)
	}
	c.kernel("EMA", nil, in, outs, func(e *emitter) error {
		for i, y := range outs {
			if err := e.list.ema(e.name, e.f32(y), e.f32(in[1+2*i]), e.f32(in[2+2*i]), e.f32(d)); err != nil {
				return err
			}
		}
		return nil
	})
	return nil
}
