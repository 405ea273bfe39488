package onnx

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// slice reads starts, ends, axes and steps: attributes before opset 10, constant
// inputs since.
func (n *node) slice(rank int, alt bool) graph.Slice {
	var s graph.Slice
	if n.opset < 10 {
		s.Start, s.End, s.Axes = n.ints("starts", nil), n.ints("ends", nil), n.ints("axes", nil)
	} else {
		s.Start, _ = n.intsAt(1, alt)
		s.End, _ = n.intsAt(2, alt)
		s.Axes, _ = n.intsAt(3, alt)
		s.Step, _ = n.intsAt(4, alt)
	}
	if s.Axes == nil {
		s.Axes = ascending(len(s.Start))
	}
	if s.Step == nil {
		s.Step = repeat(1, len(s.Start))
	}
	seen := map[int]bool{}
	for i, a := range s.Axes {
		k, err := graph.Axis(a, rank)
		if err != nil || seen[k] {
			n.fail("%w: slice axes %v of rank %d", fault.ErrShape, s.Axes, rank)
			return s
		}
		s.Axes[i], seen[k] = k, true
	}
	for i, v := range s.Step {
		s.Step[i] = min(max(v, -1<<40), 1<<40) // beyond any extent, safe to negate
	}
	return s
}

func ascending(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// runSlice drops what takes the whole of an axis; the batch may only be taken whole.
func runSlice(n *node) error {
	x := n.in[0]
	s, b := n.slice(x.shape().Rank(), false), n.slice(x.shape().Rank(), true)
	if n.err != nil {
		return n.err
	}
	r, err := s.Ranges(x.shape())
	if err != nil {
		return err
	}
	q, err := b.Ranges(x.alt)
	if err != nil {
		return err
	}
	op := graph.Slice{}
	for i := range r {
		whole := r[i] == graph.Range{Step: 1, Count: x.shape()[i]} && q[i] == graph.Range{Step: 1, Count: x.alt[i]}
		if whole {
			continue
		}
		if err := n.keepsRows(x, i); err != nil {
			return err
		}
		if r[i] != q[i] {
			return fmt.Errorf("%w: the slice of axis %d depends on the batch size", fault.ErrUnsupported, i)
		}
		op.Axes, op.Start = append(op.Axes, i), append(op.Start, r[i].Start)
		op.Step, op.End = append(op.Step, r[i].Step), append(op.End, sliceEnd(r[i]))
	}
	if len(op.Axes) == 0 {
		n.im.m.Report.Dropped++
		return n.alias(0, x)
	}
	return n.emit(op, x)
}

// sliceEnd is an end that takes exactly the positions of r. A negative step down
// to position 0 needs one that is not read as counted from the end.
func sliceEnd(r graph.Range) int {
	end := r.Start + (r.Count-1)*r.Step
	switch {
	case r.Count == 0:
		return r.Start
	case r.Step > 0:
		return end + 1
	case end == 0:
		return -1 << 40
	}
	return end - 1
}

// runGather supports one constant position along an axis, or a run of them.
func runGather(n *node) error {
	x := n.in[0]
	axis, err := graph.Axis(n.int("axis", 0), x.shape().Rank())
	if err != nil {
		return err
	}
	if err := n.keepsRows(x, axis); err != nil {
		return err
	}
	scalar := n.in[1].shape().Rank() == 0
	pos, _ := n.fixedInts(1)
	if n.err != nil {
		return n.err
	}
	s := graph.Slice{Axes: []int{axis}, Step: []int{1}}
	for i, p := range pos {
		if p < 0 {
			p += x.shape()[axis]
		}
		if p < 0 || p >= x.shape()[axis] || i > 0 && p != s.End[0] {
			return fmt.Errorf("%w: Gather of positions %v of axis %d of %v", fault.ErrUnsupported, pos, axis, x.shape())
		}
		if i == 0 {
			s.Start, s.End = []int{p}, []int{p}
		}
		s.End[0]++
	}
	if len(pos) == 0 {
		return fmt.Errorf("%w: Gather of nothing", fault.ErrUnsupported)
	}
	if !scalar {
		return n.emit(s, x)
	}
	y, err := n.step("taken", s, x)
	if err != nil {
		return err
	}
	return n.emitReshape(y, without(y.shape(), axis), without(y.alt, axis))
}

func without(s graph.Shape, axis int) graph.Shape {
	return append(s[:axis:axis].Clone(), s[axis+1:]...)
}
