package onnx

import (
	"fmt"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// target returns the shape that Reshape, Flatten, Squeeze or Unsqueeze give x.
func (n *node) target(x graph.Shape, alt bool) (graph.Shape, error) {
	switch n.op {
	case "Flatten":
		types, err := graph.Flatten{Axis: n.int("axis", 1)}.Infer([]*graph.Value{{Type: graph.Type{DType: graph.Float32, Shape: x}}})
		if err != nil {
			return nil, err
		}
		return types[0].Shape, nil
	case "Squeeze":
		return n.squeezed(x)
	case "Unsqueeze":
		return n.unsqueezed(x)
	}
	entries, err := n.reshapeEntries(alt)
	if err != nil {
		return nil, err
	}
	return n.resolve(x, entries)
}

// reshapeEntries reads the wanted shape: an attribute before opset 5.
func (n *node) reshapeEntries(alt bool) ([]int, error) {
	var e []int
	if n.opset < 5 {
		e = n.ints("shape", nil)
	} else {
		e, _ = n.intsAt(1, alt)
		if n.err == nil && n.input(1) == nil {
			n.fail("%w: no shape", fault.ErrModel)
		}
	}
	if len(e) > graph.MaxRank {
		n.fail("%w: rank %d, at most %d", fault.ErrLimit, len(e), graph.MaxRank)
	}
	return slices.Clone(e), n.err
}

// resolve applies Reshape's rules for 0 and -1.
func (n *node) resolve(x graph.Shape, entries []int) (graph.Shape, error) {
	if n.flag("allowzero", false) && n.opset >= 14 && slices.Contains(entries, 0) {
		if s := graph.Shape(entries); !slices.Contains(entries, -1) && s.Len() == x.Len() {
			return s, nil
		}
		return nil, fmt.Errorf("%w: %v to %v with allowzero", fault.ErrShape, x, graph.Shape(entries))
	}
	types, err := graph.Reshape{Shape: entries}.Infer([]*graph.Value{{Type: graph.Type{DType: graph.Float32, Shape: x}}})
	if err != nil {
		return nil, err
	}
	return types[0].Shape, nil
}

func (n *node) squeezed(x graph.Shape) (graph.Shape, error) {
	axes, given := n.intsOf("axes", 1, 13)
	if n.err != nil {
		return nil, n.err
	}
	drop := map[int]bool{}
	for _, a := range axes {
		k, err := graph.Axis(a, len(x))
		if err != nil {
			return nil, err
		}
		if x[k] != 1 {
			return nil, fmt.Errorf("%w: squeeze of axis %d of %v", fault.ErrShape, k, x)
		}
		drop[k] = true
	}
	s := graph.Shape{}
	for i, d := range x {
		if !drop[i] && (given || d != 1) {
			s = append(s, d)
		}
	}
	return s, nil
}

func (n *node) unsqueezed(x graph.Shape) (graph.Shape, error) {
	axes, _ := n.intsOf("axes", 1, 13)
	if n.err != nil {
		return nil, n.err
	}
	rank := len(x) + len(axes)
	if rank > graph.MaxRank {
		return nil, fmt.Errorf("%w: rank %d, at most %d", fault.ErrLimit, rank, graph.MaxRank)
	}
	added := make([]bool, rank)
	for _, a := range axes {
		k, err := graph.Axis(a, rank)
		if err != nil || added[k] {
			return nil, fmt.Errorf("%w: unsqueeze axes %v for rank %d", fault.ErrShape, axes, rank)
		}
		added[k] = true
	}
	s, rest := make(graph.Shape, rank), x
	for i := range s {
		if added[i] {
			s[i] = 1
			continue
		}
		s[i], rest = rest[0], rest[1:]
	}
	return s, nil
}

// runReshape is Reshape, Squeeze and Unsqueeze. A literal batch size at the front
// of a shape, as exports for a fixed batch have it, follows the batch.
func runReshape(n *node) error {
	x := n.in[0]
	if n.op == "Reshape" {
		return n.runTarget(x)
	}
	s, err := n.target(x.shape(), false)
	if err != nil {
		return err
	}
	alt, err := n.target(x.alt, true)
	if err != nil {
		return err
	}
	return n.emitReshape(x, s, alt)
}

func (n *node) runTarget(x *operand) error {
	e, err := n.reshapeEntries(false)
	if err != nil {
		return err
	}
	ealt, err := n.reshapeEntries(true)
	if err != nil {
		return err
	}
	if n.literalBatch(x, e, ealt) {
		e[0], ealt[0] = x.shape()[0], x.alt[0]
		n.im.m.Report.note("literal batch in Reshape made free", n.name)
	}
	s, err := n.resolve(x.shape(), e)
	if err != nil {
		return err
	}
	alt, err := n.resolve(x.alt, ealt)
	if err != nil {
		return fmt.Errorf("for a batch of %d: %w", n.im.probe, err)
	}
	return n.emitReshape(x, s, alt)
}

// literalBatch reports whether the first entry is the number the file was
// exported for and not computed from the batch.
func (n *node) literalBatch(x *operand, e, ealt []int) bool {
	return x.batched() && len(e) > 0 && len(ealt) > 0 && e[0] == ealt[0] && e[0] > 0 && e[0] == n.im.m.FixedBatch
}

// emitReshape adds a Reshape of x to s, alt at the second batch size; none if the
// shape stays.
func (n *node) emitReshape(x *operand, s, alt graph.Shape) error {
	if s.Equal(x.shape()) && alt.Equal(x.alt) {
		n.im.m.Report.Dropped++
		return n.alias(0, x)
	}
	op, err := n.reshapeTo(s, alt, x)
	if err != nil {
		return err
	}
	return n.emit(op, x)
}

// reshapeTo writes a shape with 0 for a dimension that x has in the same place and
// -1 for one that follows the batch otherwise.
func (n *node) reshapeTo(s, alt graph.Shape, x *operand) (graph.Reshape, error) {
	if err := n.im.rows(s, alt); err != nil {
		return graph.Reshape{}, err
	}
	e, from := make([]int, len(s)), x.shape()
	for i := range s {
		switch {
		case s[i] == alt[i]:
			e[i] = s[i]
		case i < len(from) && from[i] == s[i] && x.alt[i] == alt[i]:
			e[i] = 0
		default:
			e[i] = -1
		}
	}
	if slices.Contains(s, 0) {
		return graph.Reshape{}, fmt.Errorf("%w: empty tensor %v", fault.ErrUnsupported, s)
	}
	return graph.Reshape{Shape: e}, nil
}

// runFlatten keeps Flatten itself; the batch must stay the rows.
func runFlatten(n *node) error {
	return n.emit(graph.Flatten{Axis: n.int("axis", 1)}, n.in[0])
}

func runTranspose(n *node) error {
	x := n.in[0]
	p := n.perm(x.shape().Rank())
	if n.err == nil && x.batched() && len(p) > 0 && p[0] != 0 {
		return fmt.Errorf("%w: Transpose moves the batch from dimension 0 of %v", fault.ErrUnsupported, x.shape())
	}
	if slices.Equal(p, ascending(x.shape().Rank())) {
		n.im.m.Report.Dropped++
		return n.alias(0, x)
	}
	return n.emit(graph.Transpose{Perm: p}, x)
}

// runExpand broadcasts; a dimension that follows the batch is kept, not given.
func runExpand(n *node) error {
	x := n.in[0]
	e, _ := n.intsAt(1, false)
	ealt, _ := n.intsAt(1, true)
	if n.err != nil {
		return n.err
	}
	s, err := graph.Broadcast(x.shape(), e)
	if err != nil {
		return err
	}
	alt, err := graph.Broadcast(x.alt, ealt)
	if err != nil {
		return err
	}
	if s.Equal(x.shape()) && alt.Equal(x.alt) {
		n.im.m.Report.Dropped++
		return n.alias(0, x)
	}
	want, lead := s.Clone(), len(s)-x.shape().Rank()
	for i := range s {
		if i < len(alt) && s[i] != alt[i] {
			if i < lead || x.shape()[i-lead] != s[i] {
				return fmt.Errorf("%w: Expand of %v along the batch", fault.ErrUnsupported, x.shape())
			}
			want[i] = 0
		}
	}
	return n.emit(graph.Expand{Shape: want}, x)
}
