package onnx

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

func (n *node) fail(format string, a ...any) {
	if n.err == nil {
		n.err = fmt.Errorf(format, a...)
	}
}

// attr returns the attribute if it is present and of that type. Files of old
// exporters leave the type out.
func (n *node) attr(name string, t pb.AttributeProto_AttributeType) *pb.AttributeProto {
	a := n.attrs[name]
	if a == nil {
		return nil
	}
	if a.GetRefAttrName() != "" {
		n.fail("%w: attribute %q refers to a function's", fault.ErrUnsupported, name)
		return nil
	}
	if a.Type != nil && a.GetType() != t && a.GetType() != pb.AttributeProto_UNDEFINED {
		n.fail("%w: attribute %q is %v, want %v", fault.ErrModel, name, a.GetType(), t)
		return nil
	}
	return a
}

func (n *node) has(name string) bool { return n.attrs[name] != nil }

func (n *node) int(name string, def int) int {
	if a := n.attr(name, pb.AttributeProto_INT); a != nil {
		return int(a.GetI())
	}
	return def
}

// flag is an integer attribute that means true unless 0.
func (n *node) flag(name string, def bool) bool {
	if a := n.attr(name, pb.AttributeProto_INT); a != nil {
		return a.GetI() != 0
	}
	return def
}

// float returns a finite number.
func (n *node) float(name string, def float32) float32 {
	a := n.attr(name, pb.AttributeProto_FLOAT)
	if a == nil {
		return def
	}
	if f := a.GetF(); !math.IsNaN(float64(f)) && !math.IsInf(float64(f), 0) {
		return f
	}
	n.fail("%w: attribute %q is %v", fault.ErrModel, name, a.GetF())
	return def
}

func (n *node) ints(name string, def []int) []int {
	a := n.attr(name, pb.AttributeProto_INTS)
	if a == nil {
		return def
	}
	return toInts(a.GetInts())
}

func (n *node) text(name, def string) string {
	if a := n.attr(name, pb.AttributeProto_STRING); a != nil {
		return string(a.GetS())
	}
	return def
}

func toInts(x []int64) []int {
	out := make([]int, len(x))
	for i, v := range x {
		out[i] = int(v)
	}
	return out
}

// maxOperand is the longest list of integers an operator takes as an input.
const maxOperand = 4096

// intsAt returns input i, a constant list of integers, at one batch size.
func (n *node) intsAt(i int, alt bool) ([]int, bool) {
	x := n.input(i)
	if x == nil {
		return nil, false
	}
	if !x.constant() {
		n.fail("%w: input %d (%q) is not a constant", fault.ErrUnsupported, i, x.name)
		return nil, false
	}
	e := x.exprAt(alt)
	if t := e.typ(); t.DType.IsFloat() || t.Shape.Rank() > 1 || t.Shape.Len() > maxOperand {
		n.fail("%w: input %d (%q) is %v, want a list of integers", fault.ErrModel, i, x.name, t)
		return nil, false
	}
	t, err := n.im.force(e)
	if err != nil {
		n.fail("%w", err)
		return nil, false
	}
	out := make([]int, t.Len())
	for j := range out {
		if t.I64 != nil {
			out[j] = int(t.I64[j])
		} else {
			out[j] = int(t.U8[j])
		}
	}
	return out, true
}

// fixedInts is intsAt for a list that must not depend on the batch size.
func (n *node) fixedInts(i int) ([]int, bool) {
	a, ok := n.intsAt(i, false)
	if !ok {
		return nil, false
	}
	b, _ := n.intsAt(i, true)
	if fmt.Sprint(a) != fmt.Sprint(b) {
		n.fail("%w: input %d (%q) depends on the batch size", fault.ErrUnsupported, i, n.in[i].name)
		return nil, false
	}
	return a, true
}

// intsOf returns a list of integers that is input i from opset since on and the
// attribute name before.
func (n *node) intsOf(name string, i int, since int64) ([]int, bool) {
	if n.opset >= since {
		return n.fixedInts(i)
	}
	return n.ints(name, nil), n.has(name)
}

// number returns input i, a constant of one element, as float32.
func (n *node) number(i int, def float32) float32 {
	x := n.input(i)
	if x == nil {
		return def
	}
	if !x.constant() || !x.fixed() {
		n.fail("%w: input %d (%q) is not a constant", fault.ErrUnsupported, i, x.name)
		return def
	}
	if x.typ().Shape.Len() != 1 {
		n.fail("%w: input %d (%q) is %v, want one element", fault.ErrShape, i, x.name, x.typ())
		return def
	}
	t, err := n.im.force(x.c)
	if err != nil {
		n.fail("%w", err)
		return def
	}
	return float32(t.At(0))
}
