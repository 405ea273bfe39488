package onnx

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

var binaries = map[string]graph.BinaryFn{"Add": graph.Add, "Sub": graph.Sub, "Mul": graph.Mul, "Div": graph.Div}

// runBinary is Add, Sub, Mul and Div. Before opset 7 the second input is aligned
// at the attribute axis, with broadcast=1.
func runBinary(n *node) error {
	a, b := n.in[0], n.in[1]
	if n.opset < 7 {
		var err error
		if b, err = n.aligned(a, b); err != nil {
			return err
		}
	}
	return n.emit(graph.Binary{Fn: binaries[n.op]}, a, b)
}

// aligned gives b trailing dimensions of extent 1, so that its first lies at axis.
func (n *node) aligned(a, b *operand) (*operand, error) {
	ra, rb := a.shape().Rank(), b.shape().Rank()
	axis := n.int("axis", ra-rb)
	switch {
	case n.err != nil:
		return nil, n.err
	case !n.flag("broadcast", false) && !a.shape().Equal(b.shape()):
		return nil, fmt.Errorf("%w: %v and %v without broadcast=1", fault.ErrShape, a.shape(), b.shape())
	case axis < 0 || axis+rb > ra:
		return nil, fmt.Errorf("%w: %v at axis %d of %v", fault.ErrShape, b.shape(), axis, a.shape())
	case axis+rb == ra:
		return b, nil
	}
	shape := b.shape().Clone()
	for range ra - axis - rb {
		shape = append(shape, 1)
	}
	if !b.constant() {
		return n.step("aligned", graph.Reshape{Shape: shape}, b)
	}
	e, err := reshaped(b.c, shape)
	return &operand{name: b.name + "/aligned", c: e}, err
}

// runSum is a chain of additions.
func runSum(n *node) error {
	acc := n.in[0]
	if len(n.in) == 1 {
		return n.alias(0, acc)
	}
	for i, x := range n.in[1:] {
		if x == nil {
			return fmt.Errorf("%w: input %d is absent", fault.ErrModel, i+1)
		}
		if i == len(n.in)-2 {
			return n.emit(graph.Binary{Fn: graph.Add}, acc, x)
		}
		var err error
		if acc, err = n.step(fmt.Sprintf("sum%d", i), graph.Binary{Fn: graph.Add}, acc, x); err != nil {
			return err
		}
	}
	return nil
}
