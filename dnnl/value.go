package dnnl

import (
	"fmt"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// place says in which arena a buffer lies.
type place uint8

const (
	inArena   place = iota // lifetime planned
	inWeights              // constants
	inState                // kept between steps
)

// forever is the last use of what must outlive the step.
const forever = int(^uint(0) >> 1)

// buffer is memory for one tensor or workspace, placed when all steps are known.
type buffer struct {
	size        int64
	place       place
	first, last int     // operations that touch it
	into        *buffer // shares this one's memory
	off         int64
}

// root returns the buffer whose memory b shares.
func (b *buffer) root() *buffer {
	for b.into != nil {
		b = b.into
	}
	return b
}

// form is a tensor in one layout.
type form struct {
	d   desc
	lay layout
	buf *buffer
}

// elems returns the number of elements it holds, padding included.
func (f *form) elems() int { return int(f.buf.size) / f.lay.dtype().Size() }

// value is a value of the program with the layouts it exists in; the first is the
// one its producer made.
type value struct {
	*graph.Value
	forms []*form
}

// of returns the record of v. Leaves get theirs here; a state or constant has no
// form until someone says in which layout it is wanted.
func (c *compiler) of(v *graph.Value) *value {
	if c.values[v] == nil {
		c.values[v] = &value{Value: v}
	}
	return c.values[v]
}

// newForm describes memory of its own in layout d.
func (c *compiler) newForm(d desc, p place) (*form, error) {
	lay, err := d.layout()
	if err != nil {
		return nil, err
	}
	return &form{d, lay, c.newBuffer(d.bytes(), p)}, nil
}

func (c *compiler) newBuffer(size int64, p place) *buffer {
	b := &buffer{size: size, place: p, first: -1, last: -1}
	c.buffers = append(c.buffers, b)
	return b
}

// over describes f's memory in another way.
func (c *compiler) over(f *form, d desc) (*form, error) {
	lay, err := d.layout()
	if err != nil {
		return nil, err
	}
	if d.bytes() > f.buf.size {
		return nil, fmt.Errorf("%w: %d bytes seen as %d", fault.ErrInternal, f.buf.size, d.bytes())
	}
	return &form{d, lay, f.buf}, nil
}

// plain describes v row-major.
func (c *compiler) plain(v *graph.Value) (desc, error) { return c.tmp.plain(v.Type) }

// plainAs describes a row-major float32 tensor of the given extents.
func (c *compiler) plainAs(dims ...int) (desc, error) {
	return c.tmp.plain(graph.Type{DType: graph.Float32, Shape: dims})
}

// any describes a tensor whose layout the library chooses.
func (c *compiler) any(t graph.DType, dims ...int) (desc, error) {
	return c.tmp.tagged(graph.Type{DType: t, Shape: dims}, tagAny)
}

// in returns v in f32, in the layout it has.
func (c *compiler) in(v *graph.Value) (*form, error) { return c.typed(v, graph.Float32) }

// layoutOf returns the layout v has; row-major if none was chosen yet, and then
// none is chosen by asking.
func (c *compiler) layoutOf(v *graph.Value) (desc, error) {
	if x := c.of(v); len(x.forms) > 0 {
		return x.forms[0].d, nil
	}
	return c.plain(v)
}

// row returns v row-major under its own shape.
func (c *compiler) row(v *graph.Value) (*form, error) {
	d, err := c.plain(v)
	if err != nil {
		return nil, err
	}
	x := c.of(v)
	for _, f := range x.forms {
		if f.lay.dense() && !f.lay.half { // maybe of other extents
			if f.d.equal(d) {
				return f, nil
			}
			r, err := c.over(f, d)
			if err == nil {
				x.forms = append(x.forms, r)
			}
			return r, err
		}
	}
	if own := c.extents(x); own != nil && !own.Equal(v.Shape) && v.Kind != graph.Const {
		if d, err = c.plainAs(own...); err != nil {
			return nil, err
		}
		if _, err = c.as(v, d); err != nil {
			return nil, err
		}
		return c.row(v)
	}
	return c.as(v, d)
}

// extents returns those of x's first form: grouped weights have one more axis.
func (c *compiler) extents(x *value) graph.Shape {
	if len(x.forms) == 0 {
		return nil
	}
	s := x.Shape
	if len(s) == 0 {
		s = graph.Shape{1}
	}
	if own := graph.Shape(x.forms[0].lay.dims); !own.Equal(s) {
		return own
	}
	return x.Shape
}

// as returns v in layout d, which may have other extents of the same row-major
// order (grouped weights have one more). The result is kept: several readers
// share one reorder. A constant is converted once, when the program is loaded.
func (c *compiler) as(v *graph.Value, d desc) (*form, error) {
	x := c.of(v)
	for _, f := range x.forms {
		if f.d.equal(d) {
			return f, nil
		}
	}
	lay, err := d.layout()
	if err != nil {
		return nil, err
	}
	f, err := c.leaf(x, d, lay)
	if f == nil && err == nil {
		f, err = c.convert(x, d, lay)
	}
	if err == nil {
		x.forms = append(x.forms, f)
	}
	return f, err
}

// leaf gives a constant or a state its memory: a constant in every layout that is
// asked for, a state in the first.
func (c *compiler) leaf(x *value, d desc, lay layout) (*form, error) {
	for _, f := range x.forms {
		if f.lay.dense() && lay.dense() && f.lay.half == lay.half {
			return c.over(f, d)
		}
	}
	if x.Kind == graph.State && len(x.forms) == 0 && lay.half { // kept in f32
		if _, err := c.row(x.Value); err != nil {
			return nil, err
		}
	}
	switch {
	case x.Kind == graph.Const:
		return c.newForm(d, inWeights)
	case x.Kind == graph.State && len(x.forms) == 0:
		return c.newForm(d, inState)
	case len(x.forms) == 0:
		return nil, fmt.Errorf("%w: %v is used before it is computed", fault.ErrInternal, x.Value)
	}
	return nil, nil
}

// convert makes x in layout d from a form it has.
func (c *compiler) convert(x *value, d desc, lay layout) (*form, error) {
	from, err := c.source(x, lay)
	if err != nil {
		return nil, err
	}
	to, err := c.newForm(d, inArena)
	if err != nil {
		return nil, err
	}
	return to, c.reorder("reorder", from, to)
}

// source returns a form of x with the extents of lay.
func (c *compiler) source(x *value, lay layout) (*form, error) {
	for _, f := range x.forms {
		if slices.Equal(f.lay.dims, lay.dims) {
			return f, nil
		}
	}
	r, err := c.row(x.Value)
	if err != nil {
		return nil, err
	}
	d, err := c.plainAs(lay.dims...)
	if err != nil {
		return nil, err
	}
	return c.over(r, d)
}

// out gives v memory in layout d as its producer's result. A value that takes a
// state's memory must get the state's layout.
func (c *compiler) out(v *graph.Value, d desc) (*form, error) {
	f, err := c.newForm(d, inArena)
	if err == nil {
		c.of(v).forms = []*form{f}
		c.made = append(c.made, v)
	}
	return f, err
}

// outRow gives v row-major memory.
func (c *compiler) outRow(v *graph.Value) (*form, error) {
	d, err := c.plain(v)
	if err != nil {
		return nil, err
	}
	return c.out(v, d)
}
