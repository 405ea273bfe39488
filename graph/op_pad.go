package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// PadMode says what padding holds.
type PadMode uint8

// The modes.
const (
	PadConstant PadMode = iota
	PadReflect
	PadEdge
)

// Pad adds Begin[i] and End[i] elements along axis i; negative amounts remove.
// Source: ONNX Pad-18.
type Pad struct {
	Mode       PadMode
	Begin, End []int
	Value      float32
}

// Kind implements Op.
func (Pad) Kind() string { return "Pad" }

// Infer implements Op.
func (p Pad) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 1, 1); err != nil {
		return nil, err
	}
	x := in[0].Shape
	if len(p.Begin) != len(x) || len(p.End) != len(x) {
		return nil, fmt.Errorf("%w: pads %v+%v of %v", fault.ErrShape, p.Begin, p.End, x)
	}
	s := make(Shape, len(x))
	for i, d := range x {
		s[i] = d + p.Begin[i] + p.End[i]
		most := max(p.Begin[i], p.End[i])
		if s[i] < 0 || p.Mode == PadReflect && most >= max(d, 1) || p.Mode == PadEdge && d == 0 && most > 0 {
			return nil, fmt.Errorf("%w: pads %v+%v of %v", fault.ErrShape, p.Begin, p.End, x)
		}
	}
	return one(in[0], s), nil
}

// Grad implements Gradient for constant padding: cut the padding off again.
func (p Pad) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	if p.Mode != PadConstant {
		return nil, fmt.Errorf("%w: gradient of padding that copies", fault.ErrUnsupported)
	}
	inv := Pad{Begin: make([]int, len(p.Begin)), End: make([]int, len(p.End))}
	for i := range p.Begin {
		inv.Begin[i], inv.End[i] = -p.Begin[i], -p.End[i]
	}
	dx, err := b.Add1(n, "dx", inv, dy[0])
	return []*Value{dx}, err
}
