package graph

import "fmt"

// Copier rebuilds a graph node by node into a new one. Passes are functions over
// it: they set Map for what they replace and call Node for what they keep.
type Copier struct {
	Dst *Graph
	Map map[*Value]*Value // from the old graph to the new
}

// NewCopier returns a Copier with an empty destination.
func NewCopier() *Copier { return &Copier{Dst: New(), Map: map[*Value]*Value{}} }

// Leaves copies inputs, constants and state under their own names.
func (c *Copier) Leaves(g *Graph) {
	for _, v := range g.Inputs {
		c.Map[v] = c.Dst.AddInput(v.Name, v.Type, v.Batched)
	}
	for _, v := range g.Consts {
		c.Map[v] = c.Dst.AddConst(v.Name, v.Data)
	}
	for _, v := range g.States {
		c.Map[v] = c.Dst.AddState(v.Name, v.Data)
	}
}

// In returns n's inputs in the new graph.
func (c *Copier) In(n *Node) []*Value {
	in := make([]*Value, len(n.In))
	for i, v := range n.In {
		if v != nil {
			in[i] = c.Map[v]
		}
	}
	return in
}

// Node copies n unchanged (shapes are inferred anew).
func (c *Copier) Node(n *Node) error { return c.Replace(n, n.Op, c.In(n)...) }

// Replace copies n with another operator or other inputs, keeping its names.
// Outputs beyond those of op stay unmapped.
func (c *Copier) Replace(n *Node, op Op, in ...*Value) error {
	names := make([]string, len(n.Out))
	for i, v := range n.Out {
		names[i] = v.Name
	}
	out, err := c.Dst.AddNamed(n.Name, names, op, in...)
	if err != nil {
		return err
	}
	for i, v := range n.Out {
		if i < len(out) {
			c.Map[v] = out[i]
		}
	}
	return nil
}

// Finish copies the outputs and returns the new graph.
func (c *Copier) Finish(g *Graph) (*Graph, error) {
	for _, v := range g.Outputs {
		w := c.Map[v]
		if w == nil {
			return nil, fmt.Errorf("output %q was lost in a pass", v.Name)
		}
		c.Dst.Outputs = append(c.Dst.Outputs, w)
	}
	return c.Dst, nil
}

// Rebatch returns the same network for batch size n: dimension 0 of every
// batched input is replaced and all shapes are inferred anew.
func Rebatch(g *Graph, n int) (*Graph, error) {
	c := NewCopier()
	c.Leaves(g)
	for _, v := range c.Dst.Inputs {
		if v.Batched {
			v.Shape = v.Shape.Clone()
			v.Shape[0] = n
		}
	}
	for _, node := range g.Nodes {
		if err := c.Node(node); err != nil {
			return nil, fmt.Errorf("batch %d: %w", n, err)
		}
	}
	return c.Finish(g)
}

// Prune returns g with outputs out and without anything they do not need.
// Inputs stay, even unused ones, so that callers can bind by name.
func Prune(g *Graph, out ...*Value) (*Graph, error) {
	need := ancestors(out)
	c := NewCopier()
	for _, v := range g.Inputs {
		c.Map[v] = c.Dst.AddInput(v.Name, v.Type, v.Batched)
	}
	for _, v := range g.Consts {
		if need[v] {
			c.Map[v] = c.Dst.AddConst(v.Name, v.Data)
		}
	}
	for _, v := range g.States {
		if need[v] {
			c.Map[v] = c.Dst.AddState(v.Name, v.Data)
		}
	}
	for _, n := range g.Nodes {
		if !anyOf(need, n.Out) {
			continue
		}
		if err := c.Node(n); err != nil {
			return nil, err
		}
	}
	return c.Finish(&Graph{Outputs: out})
}

func anyOf(set map[*Value]bool, vs []*Value) bool {
	for _, v := range vs {
		if set[v] {
			return true
		}
	}
	return false
}

// ancestors returns every value that out depends on, out included. A needed
// node needs all its inputs.
func ancestors(out []*Value) map[*Value]bool {
	need := map[*Value]bool{}
	stack := append([]*Value(nil), out...)
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if v == nil || need[v] {
			continue
		}
		need[v] = true
		if v.From != nil {
			stack = append(stack, v.From.In...)
		}
	}
	return need
}
