package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// BinaryFn is an element-wise function of two variables.
type BinaryFn uint8

// The functions.
const (
	Add BinaryFn = iota
	Sub
	Mul
	Div
)

var binaryNames = [...]string{"Add", "Sub", "Mul", "Div"}

func (f BinaryFn) String() string {
	if int(f) < len(binaryNames) {
		return binaryNames[f]
	}
	return fmt.Sprintf("BinaryFn(%d)", uint8(f))
}

// Binary applies Fn element by element with broadcasting: a, b -> y.
// Source: ONNX Add-14, Sub-14, Mul-14, Div-14.
type Binary struct{ Fn BinaryFn }

// Kind implements Op.
func (b Binary) Kind() string { return b.Fn.String() }

// Infer implements Op.
func (b Binary) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 2, 2); err != nil {
		return nil, err
	}
	if err := sameType(in); err != nil {
		return nil, err
	}
	if in[0].DType == Bool {
		return nil, fmt.Errorf("%w: %v of bool", fault.ErrUnsupported, b.Fn)
	}
	s, err := Broadcast(in[0].Shape, in[1].Shape)
	if err != nil {
		return nil, err
	}
	return one(in[0], s), nil
}

// Grad implements Gradient.
func (b Binary) Grad(g *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	dx := make([]*Value, 2)
	for i, v := range n.In {
		if !g.Wants(v) {
			continue
		}
		d, err := b.partial(g, n, i, dy[0])
		if err != nil {
			return nil, err
		}
		if dx[i], err = sumTo(g, n, d, v.Shape); err != nil {
			return nil, err
		}
	}
	return dx, nil
}

// partial emits the gradient of input i before it is summed to i's shape.
func (b Binary) partial(g *Backprop, n *Node, i int, dy *Value) (*Value, error) {
	x, y := n.In[0], n.In[1]
	switch {
	case b.Fn == Add, b.Fn == Sub && i == 0:
		return dy, nil
	case b.Fn == Sub:
		return scaled(g, n, dy, -1)
	case b.Fn == Mul:
		return g.Add1(n, "dmul", Binary{Mul}, dy, n.In[1-i])
	case b.Fn == Div && i == 0:
		return g.Add1(n, "dnum", Binary{Div}, dy, y)
	case b.Fn == Div: // -dy·x/y²
		q, err := g.Add1(n, "dq", Binary{Div}, n.Out[0], y)
		if err != nil {
			return nil, err
		}
		if q, err = g.Add1(n, "dden", Binary{Mul}, dy, q); err != nil {
			return nil, err
		}
		return scaled(g, n, q, -1)
	}
	return nil, fmt.Errorf("%w: gradient of %v(%v, %v)", fault.ErrUnsupported, b.Fn, x, y)
}

// scaled emits c·v.
func scaled(g *Backprop, n *Node, v *Value, c float32) (*Value, error) {
	k := g.G.AddConst(n.Name+"/scale", FromF32([]float32{c}))
	return g.Add1(n, "scaled", Binary{Mul}, v, k)
}

// sumTo emits the sum of d over the dimensions along which shape was broadcast.
func sumTo(g *Backprop, n *Node, d *Value, shape Shape) (*Value, error) {
	if d.Shape.Equal(shape) {
		return d, nil
	}
	lead := d.Shape.Rank() - shape.Rank()
	var axes []int
	for i, k := range d.Shape {
		if i < lead || shape[i-lead] == 1 && k != 1 {
			axes = append(axes, i)
		}
	}
	s, err := g.Add1(n, "dsum", Reduce{Fn: Sum, Axes: axes, Keep: true}, d)
	if err != nil || s.Shape.Equal(shape) {
		return s, err
	}
	return g.Add1(n, "dshape", Reshape{Shape: shape}, s)
}
