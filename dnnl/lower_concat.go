package dnnl

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// lowerConcat joins tensors in the layout of the first if all parts end at block
// borders, else row-major.
func lowerConcat(c *compiler, n *graph.Node, o graph.Concat) error {
	axis, err := graph.Axis(o.Axis, n.Out[0].Shape.Rank())
	if err != nil {
		return err
	}
	tag, common, err := c.common(n, axis)
	if err != nil {
		return err
	}
	in := make([]*form, len(n.In))
	t := c.typeOf(n.Out[0])
	for i, v := range n.In {
		d, err := c.tmp.plain(graph.Type{DType: t, Shape: v.Shape})
		if common {
			d, err = c.tmp.tagged(graph.Type{DType: t, Shape: v.Shape}, tag)
		}
		if err != nil {
			return err
		}
		if in[i], err = c.as(v, d); err != nil {
			return err
		}
	}
	d, err := c.tmp.plain(graph.Type{DType: t, Shape: n.Out[0].Shape})
	if common {
		d, err = c.tmp.tagged(graph.Type{DType: t, Shape: n.Out[0].Shape}, tag)
	}
	if err != nil {
		return err
	}
	to, err := c.out(n.Out[0], d)
	if err != nil {
		return err
	}
	return c.concatStep(axis, in, to)
}

func (c *compiler) concatStep(axis int, in []*form, to *form) error {
	args := []binding{writes(argDst, to)}
	ds := make([]desc, len(in))
	for i, f := range in {
		ds[i] = f.d
		args = append(args, reads(argMultiple+i, f))
	}
	p, err := c.tmp.concat(to.d, axis, ds)
	if err != nil {
		return err
	}
	c.primitive("Concat", p, to, args...)
	return nil
}

// common returns the layout in which all parts can be joined as they lie: native
// blocks of channels, or channels last. Most of the elements must be in it already.
func (c *compiler) common(n *graph.Node, axis int) (tag, bool, error) {
	if n.Out[0].Shape.Rank() != 4 {
		return 0, false, nil
	}
	blocked, last, whole, all := 0, 0, true, n.Out[0].Shape.Len()
	block, native := nativeBlock()
	for _, v := range n.In {
		f, err := c.raw(v)
		if err != nil {
			return 0, false, err
		}
		whole = whole && (axis != 1 || v.Shape[1]%block == 0)
		switch f.lay.family() {
		case native:
			blocked += v.Shape.Len()
		case tagNHWC:
			last += v.Shape.Len()
		default: // row-major: no say
		}
	}
	switch {
	case 2*blocked > all && whole:
		return native, true, nil
	case 2*last > all:
		return tagNHWC, true, nil
	}
	return 0, false, nil
}

// lowerSplit cuts x into parts, channels of a blocked tensor as they lie.
func lowerSplit(c *compiler, n *graph.Node, o graph.Split) error {
	axis, err := graph.Axis(o.Axis, n.In[0].Shape.Rank())
	if err != nil {
		return err
	}
	at := 0
	for i, v := range n.Out {
		done := false
		if axis == 1 && v.Shape.Rank() == 4 {
			if done, err = c.cut(n, v, at); err != nil {
				return err
			}
		}
		if !done {
			err = c.part(n, v, axis, at)
		}
		if err != nil {
			return err
		}
		at += o.Sizes[i]
	}
	return nil
}

func (c *compiler) part(n *graph.Node, v *graph.Value, axis, at int) error {
	x, err := c.row(n.In[0])
	if err != nil {
		return err
	}
	y, err := c.outRow(v)
	if err != nil {
		return err
	}
	st := n.In[0].Shape.Strides()
	from := stride{at * st[axis], st}
	c.kernel("Split", y, []*form{x}, []*form{y}, func(e *emitter) error {
		return e.list.strideCopy(e.name, v.Shape, e.f32(y), dense(v.Shape), e.f32(x), from)
	})
	return nil
}
