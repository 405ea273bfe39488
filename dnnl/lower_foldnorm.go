package dnnl

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// lowerFoldNorm scales a weight in the layout in which the convolution that reads
// the result wants it, so that the parameter itself is kept in that layout.
func lowerFoldNorm(c *compiler, n *graph.Node, o graph.FoldNorm) error {
	w, q, err := c.foldWeight(n)
	if err != nil {
		return err
	}
	var vec []*form // scale, bias, mean, variance, b
	for _, v := range n.In[1:] {
		f, err := c.row(v)
		if err != nil {
			return err
		}
		vec = append(vec, f)
	}
	y, err := c.out(n.Out[0], w.d)
	if err != nil {
		return err
	}
	shift, err := c.outRow(n.Out[1])
	if err != nil {
		return err
	}
	s, err := c.newForm(shift.d, inArena)
	if err != nil {
		return err
	}
	c.kernel("FoldNorm", shift, vec, []*form{s, shift}, func(e *emitter) error {
		v := foldVectors{s: e.f32(s), shift: e.f32(shift), scale: e.f32(vec[0]), bias: e.f32(vec[1]), mean: e.f32(vec[2]), variance: e.f32(vec[3])}
		if len(vec) > 4 {
			v.b = e.f32(vec[4])
		}
		return e.list.fold(e.name, o.Eps, v)
	})
	c.kernel("FoldNorm", y, []*form{w, s}, []*form{y}, func(e *emitter) error {
		return e.list.rowScale(e.name, e.f32(y), e.f32(w), e.f32(s), q)
	})
	return nil
}

// foldWeight returns n's weight in the layout of its only reader, a convolution, if
// the kernels know that layout, else row-major.
func (c *compiler) foldWeight(n *graph.Node) (*form, rows, error) {
	k := n.In[0].Shape[0]
	if d, err := c.weightsWanted(n.Out[0]); err != nil {
		return nil, rows{}, err
	} else if !d.none() {
		lay, err := d.layout()
		if err != nil {
			return nil, rows{}, err
		}
		if q, ok := lay.rows(k); ok {
			f, err := c.as(n.In[0], d)
			return f, q, err
		}
	}
	return c.rowMajor(n.In[0])
}

func (c *compiler) rowMajor(w *graph.Value) (*form, rows, error) {
	f, err := c.row(w)
	return f, rows{1, w.Shape[0], 1, 1, w.Shape[1:].Len(), w.Shape[0]}, err
}

// weightsWanted returns the layout in which a convolution wants weight w; none if no
// convolution reads it.
func (c *compiler) weightsWanted(w *graph.Value) (desc, error) {
	for _, u := range c.users[w] {
		var o graph.Conv
		switch op := u.Op.(type) {
		case graph.Conv:
			o = op
		case graph.FusedConv:
			o = op.Conv
		default:
			continue
		}
		if u.In[1] != w {
			continue
		}
		p, err := c.convForward(u, o, graph.Float32, u.Out[0])
		return p.weights(), err
	}
	return desc{}, nil
}

// lowerFoldNormGrad works in the layout of the weight; dw takes the memory of the
// folded weight's gradient.
func lowerFoldNormGrad(c *compiler, n *graph.Node, o graph.FoldNormGrad) error {
	w, err := c.in(n.In[0])
	if err != nil {
		return err
	}
	q, ok := w.lay.rows(n.In[0].Shape[0])
	if !ok {
		if w, q, err = c.rowMajor(n.In[0]); err != nil {
			return err
		}
	}
	dy, err := c.as(n.In[4], w.d)
	if err != nil {
		return err
	}
	in := []*form{w, dy}
	for _, i := range []int{5, 1, 2, 3, 6} { // db, scale, mean, variance, b
		if v := opt(n.In, i); v != nil {
			f, err := c.row(v)
			if err != nil {
				return err
			}
			in = append(in, f)
		}
	}
	dw, err := c.out(n.Out[0], w.d)
	if err != nil {
		return err
	}
	out := []*form{dw}
	for _, v := range n.Out[1:] {
		f, err := c.outRow(v)
		if err != nil {
			return err
		}
		out = append(out, f)
	}
	c.kernel("FoldNormGrad", dw, in, out, func(e *emitter) error {
		v := foldGrad{dw: e.f32(dw), dscale: e.f32(out[1]), dbias: e.f32(out[2]), w: e.f32(w), dy: e.f32(dy),
			db: e.f32(in[2]), scale: e.f32(in[3]), mean: e.f32(in[4]), variance: e.f32(in[5])}
		if len(out) > 3 {
			v.bias, v.dbOut = e.f32(in[6]), e.f32(out[3])
		}
		return e.list.foldGrad(e.name, o.Eps, v, q)
	}).over(dw, dy)
	return nil
}
