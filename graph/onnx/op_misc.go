package onnx

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// runIdentity removes the node.
func runIdentity(n *node) error {
	n.im.m.Report.Dropped++
	return n.alias(0, n.in[0])
}

// runCast is the identity; other conversions at run time are refused.
func runCast(n *node) error {
	d, err := dtypeOf(int32(n.int("to", 0)))
	if err != nil {
		return err
	}
	if have := n.in[0].typ().DType; have != d {
		return fmt.Errorf("%w: Cast of a computed %v to %v", fault.ErrUnsupported, have, d)
	}
	return runIdentity(n)
}

// runDropout keeps the place and the ratio (attribute before opset 12); it is the
// identity until the layer trains. The mask of inference is all true.
func runDropout(n *node) error {
	ratio := n.float("ratio", 0.5)
	if n.opset >= 12 {
		ratio = n.number(1, 0.5)
	}
	active := n.opset >= 12 && n.number(2, 0) != 0 || n.opset < 7 && n.has("is_test") && !n.flag("is_test", false)
	if n.err != nil {
		return n.err
	}
	if !(ratio >= 0 && ratio < 1) {
		return fmt.Errorf("%w: Dropout ratio %v", fault.ErrModel, ratio)
	}
	if active && ratio > 0 {
		if n.im.o.Exact {
			return fmt.Errorf("%w: active Dropout has a random result", fault.ErrUnsupported)
		}
		n.im.m.Report.note("Dropout in training form taken in inference form", n.name)
	}
	if n.used(1) {
		if err := n.mask(); err != nil {
			return err
		}
		n.p.Output = n.p.Output[:1]
	}
	return n.emit(graph.Dropout{P: ratio}, n.in[0])
}

// mask defines the second output as all true: Bool since opset 10.
func (n *node) mask() error {
	t := graph.NewTensor(graph.Bool, 1)
	if n.opset < 10 {
		t = graph.NewTensor(n.in[0].typ().DType, 1)
	}
	t.Set(0, 1)
	a, err := constantFill(t, n.in[0].shape())
	if err != nil {
		return err
	}
	if a, err = n.im.settle(a); err != nil {
		return err
	}
	x := operand{c: a}
	if n.in[0].batched() {
		if x.calt, err = constantFill(t, n.in[0].alt); err != nil {
			return err
		}
	}
	return n.set(1, x)
}

// reduceAxes reads the axes: an attribute before opset 18 (13 for ReduceSum), a
// constant input since. none: empty axes that mean no reduction.
func (n *node) reduceAxes() (axes []int, none bool) {
	since := int64(18)
	if n.op == "ReduceSum" {
		since = 13
	}
	axes, _ = n.intsOf("axes", 1, since)
	return axes, len(axes) == 0 && n.flag("noop_with_empty_axes", false) && n.opset >= since
}

func runReduce(n *node) error {
	x := n.in[0]
	axes, none := n.reduceAxes()
	if none && n.err == nil {
		return n.alias(0, x)
	}
	op := graph.Reduce{Fn: graph.Sum, Axes: axes, Keep: n.flag("keepdims", true)}
	if n.op == "ReduceMean" {
		op.Fn = graph.Mean
	}
	over, err := op.Over(x.shape().Rank())
	if err != nil {
		return err
	}
	for _, a := range over {
		if err := n.keepsRows(x, a); err != nil {
			return err
		}
	}
	op.Axes = over
	return n.emit(op, x)
}
