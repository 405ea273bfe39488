package dnnl

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// box is a copy between row-major tensors: extents and where they lie on both sides.
type box struct {
	extents  []int
	to, from stride
}

// move appends y = boxes of x; what no box reaches is filled with value first.
func (c *compiler) move(n *graph.Node, fill bool, value float32, boxes ...box) error {
	x, err := c.row(n.In[0])
	if err != nil {
		return err
	}
	y, err := c.outRow(n.Out[0])
	if err != nil {
		return err
	}
	c.kernel(n.Op.Kind(), y, []*form{x}, []*form{y}, func(e *emitter) error {
		if fill {
			e.list.fill(e.name, e.f32(y), value)
		}
		for _, b := range boxes {
			if err := e.list.strideCopy(e.name, b.extents, e.f32(y), b.to, e.f32(x), b.from); err != nil {
				return err
			}
		}
		return nil
	})
	return nil
}

func dense(s graph.Shape) stride { return stride{step: s.Strides()} }

func lowerExpand(c *compiler, n *graph.Node, _ graph.Expand) error {
	y := n.Out[0].Shape
	return c.move(n, false, 0, box{y, dense(y), broadcast(n.In[0].Shape, y)})
}

// lowerTranspose is a reorder from x seen with permuted strides.
func lowerTranspose(c *compiler, n *graph.Node, o graph.Transpose) error {
	x, err := c.row(n.In[0])
	if err != nil {
		return err
	}
	st := n.In[0].Shape.Strides()
	steps := make([]int, len(st))
	for i, p := range o.Perm {
		steps[i] = st[p]
	}
	y := n.Out[0].Shape
	if len(y) == 0 || len(y) > 6 {
		return c.move(n, false, 0, box{y, dense(y), stride{step: steps}})
	}
	d, err := c.tmp.strided(n.Out[0].Type, steps)
	if err != nil {
		return err
	}
	from, err := c.over(x, d)
	if err != nil {
		return err
	}
	to, err := c.outRow(n.Out[0])
	if err != nil {
		return err
	}
	return c.reorder("Transpose", from, to)
}

// slicing returns where a slice lies in a row-major tensor of shape x.
func slicing(o graph.Slice, x graph.Shape) (stride, error) {
	ranges, err := o.Ranges(x)
	if err != nil {
		return stride{}, err
	}
	s := stride{step: make([]int, len(x))}
	for i, k := range x.Strides() {
		s.at += ranges[i].Start * k
		s.step[i] = ranges[i].Step * k
	}
	return s, nil
}

// lowerSlice cuts channels of a blocked tensor at block borders as they lie; all
// other slices are row-major.
func lowerSlice(c *compiler, n *graph.Node, o graph.Slice) error {
	x, y := n.In[0].Shape, n.Out[0].Shape
	ranges, err := o.Ranges(x)
	if err != nil {
		return err
	}
	if at, ok := channelCut(ranges, x); ok {
		if done, err := c.cut(n, n.Out[0], at); done || err != nil {
			return err
		}
	}
	from, err := slicing(o, x)
	if err != nil {
		return err
	}
	return c.move(n, false, 0, box{y, dense(y), from})
}

// channelCut reports whether only axis 1 is cut, into neighbouring channels.
func channelCut(r []graph.Range, x graph.Shape) (at int, ok bool) {
	for i := range r {
		if i != 1 && (r[i].Start != 0 || r[i].Count != x[i] || r[i].Step != 1) {
			return 0, false
		}
	}
	if len(r) != 4 || r[1].Step != 1 {
		return 0, false
	}
	return r[1].Start, true
}

// cut copies channels from at on of a picture tensor in native blocks or with
// channels last to y in the same layout. It does nothing for other layouts.
func (c *compiler) cut(n *graph.Node, y *graph.Value, at int) (bool, error) {
	x, err := c.operand(n.In[0], c.half[y])
	if err != nil {
		return false, err
	}
	f := x.lay.family()
	block, native := nativeBlock()
	if f == tagAny || f == native && (at%block != 0 || y.Shape[1]%block != 0) {
		return false, nil
	}
	part, err := c.tmp.sub(x.d, y.Shape, []int{0, at, 0, 0})
	if err != nil {
		return false, err
	}
	lay, err := part.layout()
	if err != nil {
		return false, err
	}
	d, err := c.tmp.tagged(y.Type, f)
	if err != nil {
		return false, err
	}
	to, err := c.out(y, d)
	if err != nil {
		return false, err
	}
	return true, c.reorder(n.Op.Kind(), &form{part, lay, x.buf}, to)
}

func lowerSliceGrad(c *compiler, n *graph.Node, o graph.SliceGrad) error {
	to, err := slicing(o.Slice, o.X)
	if err != nil {
		return err
	}
	y := n.In[0].Shape
	return c.move(n, true, 0, box{y, to, dense(y)})
}

// lowerPad cuts y into boxes: per axis what lies before, inside and behind x.
func lowerPad(c *compiler, n *graph.Node, o graph.Pad) error {
	x, y := n.In[0].Shape, n.Out[0].Shape
	boxes := []box{{}}
	xs, ys := x.Strides(), y.Strides()
	for i := range x {
		var next []box
		for _, b := range boxes {
			for _, s := range padSegments(o, i, x[i], y[i]) {
				next = append(next, b.with(s, ys[i], xs[i]))
			}
		}
		boxes = next
	}
	return c.move(n, o.Mode == graph.PadConstant, o.Value, boxes...)
}

// segment is a run of y from To on that copies x from From on in steps of Step.
type segment struct{ to, from, step, n int }

func padSegments(o graph.Pad, axis, x, y int) []segment {
	before, n := o.Begin[axis], x
	inner := segment{to: max(0, before), from: max(0, -before), step: 1}
	inner.n = min(n-inner.from, y-inner.to)
	var s []segment
	if o.Mode != graph.PadConstant && before > 0 {
		s = append(s, edge(o.Mode, 0, before, before, 1))
	}
	if inner.n > 0 {
		s = append(s, inner)
	}
	if behind := o.End[axis]; o.Mode != graph.PadConstant && behind > 0 {
		s = append(s, edge(o.Mode, y-behind, behind, n-2, n-1))
	}
	if len(s) == 0 { // nothing of x is left
		s = append(s, segment{step: 1})
	}
	return s
}

// edge is a border of n elements at to: reflected from position first downwards, or
// copies of the outermost element.
func edge(m graph.PadMode, to, n, first, outermost int) segment {
	if m == graph.PadReflect {
		return segment{to, first, -1, n}
	}
	if to == 0 {
		outermost = 0
	}
	return segment{to, outermost, 0, n}
}

func (b box) with(s segment, y, x int) box {
	return box{
		append(b.extents[:len(b.extents):len(b.extents)], s.n),
		stride{b.to.at + s.to*y, append(b.to.step[:len(b.to.step):len(b.to.step)], y)},
		stride{b.from.at + s.from*x, append(b.from.step[:len(b.from.step):len(b.from.step)], s.step*x)},
	}
}
