package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Backprop emits the backward part of a graph. Operators' Grad methods use it to
// ask what is wanted and to add nodes.
type Backprop struct {
	G    *Graph
	live map[*Value]bool // on a path from a wanted value to the loss
	sum  map[*Value][]*Value
}

// Wants reports whether the gradient of v is needed.
func (b *Backprop) Wants(v *Value) bool { return v != nil && b.live[v] }

// Add appends a backward node.
func (b *Backprop) Add(n *Node, suffix string, op Op, in ...*Value) ([]*Value, error) {
	return b.G.Add(n.Name+"/"+suffix, op, in...)
}

// Add1 is Add for operators with one output.
func (b *Backprop) Add1(n *Node, suffix string, op Op, in ...*Value) (*Value, error) {
	return b.G.Add1(n.Name+"/"+suffix, op, in...)
}

// Gradients appends to g the computation of d loss / d v for every v in wrt.
// loss must have one element. Only values on a path from wrt to the loss get
// gradients; nothing else is computed. A v without such a path is an error.
func Gradients(g *Graph, loss *Value, wrt []*Value) (map[*Value]*Value, error) {
	if loss.Shape.Len() != 1 || loss.DType != Float32 {
		return nil, fmt.Errorf("%w: loss %v, want one f32", fault.ErrShape, loss)
	}
	b := &Backprop{G: g, live: reaches(g, wrt, loss), sum: map[*Value][]*Value{}}
	one := NewTensor(Float32, loss.Shape...)
	one.F32[0] = 1
	b.sum[loss] = []*Value{g.AddConst("grad/one", one)}
	forward := g.Nodes // the slice as it is now; Add appends behind it
	for i := len(forward) - 1; i >= 0; i-- {
		if err := b.node(forward[i]); err != nil {
			return nil, err
		}
	}
	out := map[*Value]*Value{}
	for _, v := range wrt {
		d, err := b.total(v)
		if err != nil {
			return nil, err
		}
		if d == nil {
			return nil, fmt.Errorf("%w: %v has no path to the loss", fault.ErrModel, v)
		}
		out[v] = d
	}
	return out, nil
}

func (b *Backprop) node(n *Node) error {
	if !anyOf(b.live, n.Out) || !anyOf(b.live, n.In) {
		return nil
	}
	dy, some := make([]*Value, len(n.Out)), false
	for i, v := range n.Out {
		d, err := b.total(v)
		if err != nil {
			return err
		}
		dy[i], some = d, some || d != nil
	}
	if !some {
		return nil
	}
	op, ok := n.Op.(Gradient)
	if !ok {
		return fmt.Errorf("%v: %w: operator has no gradient", n, fault.ErrUnsupported)
	}
	dx, err := op.Grad(b, n, dy)
	if err != nil {
		return fmt.Errorf("gradient of %v: %w", n, err)
	}
	for i, d := range dx {
		if d == nil || !b.Wants(n.In[i]) {
			continue
		}
		if !d.Shape.Equal(n.In[i].Shape) {
			return fmt.Errorf("gradient of %v: %w: input %d is %v, gradient %v", n, fault.ErrInternal, i, n.In[i], d)
		}
		b.sum[n.In[i]] = append(b.sum[n.In[i]], d)
	}
	return nil
}

// total returns the sum of the contributions to v's gradient, nil if none.
func (b *Backprop) total(v *Value) (*Value, error) {
	parts := b.sum[v]
	for len(parts) > 1 {
		s, err := b.G.Add1(v.Name+"/dsum", Binary{Fn: Add}, parts[0], parts[1])
		if err != nil {
			return nil, err
		}
		parts = append([]*Value{s}, parts[2:]...)
	}
	if len(parts) == 0 {
		return nil, nil
	}
	b.sum[v] = parts
	return parts[0], nil
}

// reaches returns the values on a path from any of from to to.
func reaches(g *Graph, from []*Value, to *Value) map[*Value]bool {
	fwd := map[*Value]bool{}
	for _, v := range from {
		fwd[v] = true
	}
	for _, n := range g.Nodes {
		if anyOf(fwd, n.In) {
			for _, v := range n.Out {
				fwd[v] = true
			}
		}
	}
	up := ancestors([]*Value{to})
	for v := range fwd {
		if !up[v] {
			delete(fwd, v)
		}
	}
	return fwd
}
