package dnnl

import (
	"errors"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// nativeBlock is the number of channels in a block that this processor's kernels
// work on, and the layout of picture tensors of that name.
func nativeBlock() (int, tag) {
	if strings.HasPrefix(isa(), "AVX-512") {
		return 16, tagBlocked16
	}
	return 8, tagBlocked8
}

// family returns the layout of picture tensors that v has, in native blocks or
// channels last; tagAny if it has another or is row-major.
func (c *compiler) family(v *graph.Value) (tag, error) {
	d, err := c.layoutOf(v)
	if err != nil {
		return tagAny, err
	}
	lay, err := d.layout()
	return lay.family(), err
}

func (l layout) family() tag {
	if len(l.dims) != 4 || l.rowMajor() {
		return tagAny
	}
	block, native := nativeBlock()
	switch k := l.channels(); {
	case len(l.blocks) == 1 && k == block:
		return native
	case len(l.blocks) == 0 && k > 1:
		return tagNHWC
	}
	return tagAny
}

// sameFamily creates a primitive from v to another picture tensor. The library
// judges each primitive by itself and would change layouts back and forth: what
// lies in memory keeps its layout if a fast implementation takes it and gives the
// same. Choices in smaller blocks (grouped convolutions) give way to channels last,
// since what follows has no fast implementation for them.
func (c *compiler) sameFamily(v *graph.Value, in, out graph.Type, create func(in, out desc) (pd, error)) (pd, error) {
	f, err := c.family(v)
	if err != nil {
		return pd{}, err
	}
	if f != tagAny {
		if p, ok, err := c.inFamily(f, in, out, create); ok || err != nil {
			return p, err
		}
	}
	if f == tagAny && c.lastWins && len(in.Shape) == 4 {
		p, err := c.create(tagAny, tagNHWC, in, out, create)
		if err == nil && fast(p) {
			return p, nil
		}
	}
	free, err := c.create(tagAny, tagAny, in, out, create)
	if err != nil || len(in.Shape) != 4 || free.outFamily() {
		return free, err
	}
	if p, ok, err := c.inFamily(tagNHWC, in, out, create); ok || err != nil {
		return p, err
	}
	return free, nil
}

// outFamily reports whether p's result is in a layout that all primitives know.
func (p pd) outFamily() bool {
	d := p.dst()
	if d.none() {
		d = p.diffSrc()
	}
	lay, err := d.layout()
	return err == nil && fast(p) && (lay.rowMajor() || lay.family() != tagAny)
}

// smallGroups reports whether a convolution of the program has groups that native
// blocks cannot hold. Such a network runs with channels last from its first layer on.
func smallGroups(p *graph.Program) bool {
	block, _ := nativeBlock()
	for _, n := range p.Nodes {
		var o graph.Conv
		switch op := n.Op.(type) {
		case graph.Conv:
			o = op
		case graph.FusedConv:
			o = op.Conv
		default:
			continue
		}
		w := n.In[1].Shape
		if k := w[0] / o.Groups; o.Groups > 1 && (w[1] > 1 || k > 1) && (w[1]%block != 0 || k%block != 0) {
			return true
		}
	}
	return false
}

// inFamily creates the primitive with both tensors in layout f, if that is fast.
func (c *compiler) inFamily(f tag, in, out graph.Type, create func(in, out desc) (pd, error)) (pd, bool, error) {
	p, err := c.create(f, f, in, out, create)
	if errors.Is(err, fault.ErrUnsupported) {
		return p, false, nil
	}
	return p, err == nil && fast(p), err
}

func (c *compiler) create(f, g tag, in, out graph.Type, create func(in, out desc) (pd, error)) (pd, error) {
	x, err := c.tmp.tagged(in, f)
	if err != nil {
		return pd{}, err
	}
	y, err := c.tmp.tagged(out, g)
	if err != nil {
		return pd{}, err
	}
	return create(x, y)
}

// friendly creates a primitive on v in the layout it has or, if only a fallback of
// the library works on that, in another one. With half it is in 16 bits if v is and
// that is fast.
func (c *compiler) friendly(v *graph.Value, half bool, create func(x desc) (pd, error)) (pd, *form, error) {
	own, err := c.operand(v, half)
	if err != nil {
		return pd{}, nil, err
	}
	p, x, err := c.friendlyForm(v, own, create)
	if !own.lay.half || !refused(p, err) {
		return p, x, err
	}
	if own, err = c.in(v); err != nil {
		return pd{}, nil, err
	}
	return c.friendlyForm(v, own, create)
}

func (c *compiler) friendlyForm(v *graph.Value, own *form, create func(x desc) (pd, error)) (pd, *form, error) {
	p, err := create(own.d)
	if err != nil || fast(p) || v.Shape.Rank() != 4 {
		return p, own, err
	}
	_, native := nativeBlock()
	for _, f := range []tag{native, tagNHWC, tagNCHW} {
		d, err := c.tmp.tagged(graph.Type{DType: own.lay.dtype(), Shape: v.Shape}, f)
		if err != nil {
			return p, own, err
		}
		if q, err := create(d); err == nil && fast(q) {
			x, err := c.as(v, d)
			return q, x, err
		}
	}
	return p, own, nil
}

// fast reports whether p is not one of the library's fallbacks, which can be a
// thousand times slower.
func fast(p pd) bool {
	i := p.impl()
	return !strings.HasPrefix(i, "ref") && !strings.HasPrefix(i, "gemm") && !strings.Contains(i, ":gemm") && !strings.HasPrefix(i, "simple")
}
