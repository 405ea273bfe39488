package onnx

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// concat reads the axis: required since opset 4, 1 before.
func (n *node) concat(int) graph.Concat {
	if n.opset >= 4 && !n.has("axis") {
		n.fail("%w: no axis", fault.ErrModel)
	}
	return graph.Concat{Axis: n.int("axis", 1)}
}

func runConcat(n *node) error {
	op := n.concat(0)
	var parts []*operand
	for i, x := range n.in {
		if x == nil {
			return fmt.Errorf("%w: input %d is absent", fault.ErrModel, i)
		}
		if err := n.keepsRows(x, op.Axis); err != nil {
			return err
		}
		parts = append(parts, x)
	}
	if len(parts) == 1 {
		return n.alias(0, parts[0])
	}
	return n.emit(op, parts...)
}

// split reads the sizes: an attribute before opset 13, a constant input since, or
// equal parts. With num_outputs (opset 18) the last part may be smaller.
func (n *node) split(x graph.Shape) (graph.Split, error) {
	axis, err := graph.Axis(n.int("axis", 0), len(x))
	if err != nil {
		return graph.Split{}, err
	}
	sizes, given := n.intsOf("split", 1, 13)
	if n.err != nil {
		return graph.Split{}, n.err
	}
	if !given {
		parts := n.int("num_outputs", len(n.p.GetOutput()))
		if parts < 1 || parts > len(n.p.GetOutput()) || n.opset < 18 && x[axis]%parts != 0 {
			return graph.Split{}, fmt.Errorf("%w: %d equal parts along axis %d of %v", fault.ErrShape, parts, axis, x)
		}
		each := (x[axis] + parts - 1) / parts
		for at := 0; len(sizes) < parts; at += each {
			sizes = append(sizes, max(0, min(each, x[axis]-at)))
		}
	}
	for _, k := range sizes {
		if k < 0 || k > x[axis] {
			return graph.Split{}, fmt.Errorf("%w: parts %v along axis %d of %v", fault.ErrShape, sizes, axis, x)
		}
	}
	s := graph.Split{Axis: axis, Sizes: sizes}
	_, err = s.Infer([]*graph.Value{{Type: graph.Type{DType: graph.Float32, Shape: x}}})
	return s, err
}

func runSplit(n *node) error {
	x := n.in[0]
	s, err := n.split(x.shape())
	if err != nil {
		return err
	}
	if err := n.keepsRows(x, s.Axis); err != nil {
		return err
	}
	return n.emit(s, x)
}
