package onnx

import (
	"fmt"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// folder computes a node's outputs from constants, at the second batch size if
// alt. It reads inputs with n.arg and must not touch the graph.
type folder func(n *node, alt bool) ([]expr, error)

// fold computes a node at both batch sizes; equal results are merged.
func (n *node) fold(f folder) error {
	a, err := n.foldAt(f, false)
	if err != nil {
		return err
	}
	var b []expr
	if !n.fixedInputs() {
		if b, err = n.foldAt(f, true); err != nil {
			return fmt.Errorf("for a batch of %d: %w", n.im.probe, err)
		}
	}
	n.im.m.Report.Folded++
	for i := range n.p.GetOutput() {
		if i >= len(a) {
			if n.used(i) {
				return fmt.Errorf("%w: output %d of %s", fault.ErrUnsupported, i, n.op)
			}
			continue
		}
		x := operand{c: a[i]}
		if i < len(b) && !sameLeaf(a[i], b[i]) {
			x.calt = b[i]
		}
		if err := n.set(i, x); err != nil {
			return err
		}
	}
	return nil
}

func (n *node) fixedInputs() bool {
	for _, x := range n.in {
		if x != nil && !x.fixed() {
			return false
		}
	}
	return true
}

func (n *node) foldAt(f folder, alt bool) ([]expr, error) {
	out, err := f(n, alt)
	if err == nil {
		err = n.err
	}
	if err != nil {
		return nil, err
	}
	for i, e := range out {
		if out[i], err = n.im.settle(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// settle computes tiny constants at once and leaves others lazy, unless their
// expression has grown too deep.
func (im *importer) settle(e expr) (expr, error) {
	t := e.typ()
	n, err := t.Shape.CheckedLen(t.DType)
	if err != nil {
		return nil, err
	}
	if n > tinyConst && e.cost() <= maxCost {
		return e, nil
	}
	x, err := im.force(e)
	return leaf{x}, err
}

// force computes e whole, within the limits of constant folding.
func (im *importer) force(e expr) (*graph.Tensor, error) {
	if l, ok := e.(leaf); ok {
		return l.t, nil
	}
	t := e.typ()
	if err := im.spend(e, t.Shape.Len()); err != nil {
		return nil, err
	}
	if im.m.FoldedBytes += int64(t.Bytes()); im.m.FoldedBytes > graph.FoldLimit {
		return nil, fmt.Errorf("%w: constant folding takes more than %d MB", fault.ErrLimit, graph.FoldLimit>>20)
	}
	return compute(e)
}

// spend charges the work of evaluating n elements of e.
func (im *importer) spend(e expr, n int) error {
	if !im.affords(e, n) {
		return fmt.Errorf("%w: constant folding computes more than %d elements", fault.ErrLimit, maxWork)
	}
	im.work += int64(n) * int64(e.cost())
	return nil
}

func (im *importer) affords(e expr, n int) bool {
	return n <= maxWork && int64(n)*int64(e.cost()) <= maxWork-im.work
}

// sameLeaf reports whether two computed constants are equal.
func sameLeaf(a, b expr) bool {
	x, ok := a.(leaf)
	y, ok2 := b.(leaf)
	if !ok || !ok2 || x.t.DType != y.t.DType || !x.t.Shape.Equal(y.t.Shape) {
		return false
	}
	return slices.Equal(x.t.F32, y.t.F32) && slices.Equal(x.t.F64, y.t.F64) &&
		slices.Equal(x.t.I64, y.t.I64) && slices.Equal(x.t.U8, y.t.U8)
}

// arg returns input i as a constant at one batch size; nil if absent.
func (n *node) arg(i int, alt bool) expr {
	if x := n.input(i); x != nil {
		return x.exprAt(alt)
	}
	return nil
}

// args returns all inputs, which must be present and of one element type.
func (n *node) args(alt bool) ([]expr, error) {
	out := make([]expr, len(n.in))
	for i := range n.in {
		if out[i] = n.arg(i, alt); out[i] == nil {
			return nil, fmt.Errorf("%w: input %d is absent", fault.ErrModel, i)
		}
		if a, b := out[i].typ().DType, out[0].typ().DType; a != b {
			return nil, fmt.Errorf("%w: inputs of types %v and %v", fault.ErrModel, b, a)
		}
	}
	return out, nil
}

// one wraps a single result.
func one(e expr, err error) ([]expr, error) { return []expr{e}, err }

// intLeaf is a list of integers as a constant.
func intLeaf(v []int64, shape ...int) expr {
	return leaf{&graph.Tensor{DType: graph.Int64, Shape: graph.Shape(shape), I64: v}}
}
