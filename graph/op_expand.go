package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Expand broadcasts x to Shape, to which it must broadcast; an entry 0 keeps x's
// extent (for a batch not yet known). Source: ONNX Expand-13.
type Expand struct{ Shape Shape }

// Kind implements Op.
func (Expand) Kind() string { return "Expand" }

// Infer implements Op.
func (e Expand) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 1, 1); err != nil {
		return nil, err
	}
	want := e.Shape.Clone()
	lead := len(want) - in[0].Shape.Rank()
	for i := range want {
		if want[i] == 0 && i >= lead {
			want[i] = in[0].Shape[i-lead]
		}
	}
	s, err := Broadcast(in[0].Shape, want)
	if err != nil {
		return nil, err
	}
	if len(s) != len(want) {
		return nil, fmt.Errorf("%w: %v to %v", fault.ErrShape, in[0].Shape, want)
	}
	return one(in[0], s), nil
}

// Grad implements Gradient.
func (e Expand) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	dx, err := sumTo(b, n, dy[0], n.In[0].Shape)
	return []*Value{dx}, err
}
