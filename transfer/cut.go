package transfer

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// cut divides a network where training begins: prefix computes, for each picture on
// its own, the tensors that cross to the trained part.
type cut struct {
	prefix *graph.Graph  // outputs: the crossing values
	names  []string      // of the inputs that take them, in the same order
	rows   []graph.Shape // of one picture
	live   *graph.Graph  // the rest, on these inputs; nil where the caller has one
}

// newCut is the cut behind prefix's outputs, whose dimension 0 is the batch.
func newCut(prefix *graph.Graph, names ...string) *cut {
	c := &cut{prefix: prefix, names: names}
	for _, v := range prefix.Outputs {
		c.rows = append(c.rows, v.Shape[1:].Clone())
	}
	return c
}

// perPicture reports whether the outputs of g are float32 rows, one a picture,
// whatever the batch.
func perPicture(g *graph.Graph) bool {
	n := g.Inputs[0].Shape[0]
	more, err := graph.Rebatch(g, n+1)
	if err != nil {
		return false
	}
	for i, v := range g.Outputs {
		if v.DType != graph.Float32 || v.Shape.Rank() == 0 || v.Shape[0] != n {
			return false
		}
		if t := more.Outputs[i].Shape; t[0] != n+1 || !t[1:].Equal(v.Shape[1:]) {
			return false
		}
	}
	return true
}

// floats is the length of a picture's record: all crossing tensors, one behind the other.
func (c *cut) floats() int {
	n := 0
	for _, s := range c.rows {
		n += s.Len()
	}
	return n
}

// cutAt finds the cut below the trained parameters of net. It is nil if nothing
// with weights lies below it.
func cutAt(net *graph.Graph, trained []parameter) (*cut, error) {
	train := map[string]bool{}
	for _, p := range trained {
		train[p.name] = true
	}
	live := graph.Live(net, func(name string) bool { return train[name] })
	cross := crossing(net, live)
	if len(cross) == 0 {
		return nil, nil
	}
	prefix, err := graph.Prune(net, cross...)
	if err != nil || len(parameters(prefix)) == 0 || len(prefix.Inputs) != 1 || !perPicture(prefix) {
		return nil, err
	}
	var names []string
	for _, v := range cross {
		names = append(names, v.Name)
	}
	c := newCut(prefix, names...)
	c.live, err = above(net, live, cross)
	return c, err
}

// crossing lists what live nodes read and no live node, constant or state gives, in
// order of first use.
func crossing(net *graph.Graph, live map[*graph.Node]bool) []*graph.Value {
	var out []*graph.Value
	seen := map[*graph.Value]bool{}
	for _, n := range net.Nodes {
		if !live[n] {
			continue
		}
		for _, v := range n.In {
			if v == nil || seen[v] || live[v.From] || v.Kind == graph.Const || v.Kind == graph.State {
				continue
			}
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// above returns the live part of net on inputs named as the crossing values.
func above(net *graph.Graph, live map[*graph.Node]bool, cross []*graph.Value) (*graph.Graph, error) {
	c := graph.NewCopier()
	for _, v := range cross {
		c.Map[v] = c.Dst.AddInput(v.Name, v.Type, true)
	}
	for _, n := range net.Nodes {
		if !live[n] {
			continue
		}
		for _, v := range n.In {
			if v != nil && v.Kind == graph.Const && c.Map[v] == nil {
				c.Map[v] = c.Dst.AddConst(v.Name, v.Data)
			}
		}
		if err := c.Node(n); err != nil {
			return nil, fmt.Errorf("above the cut: %w", err)
		}
	}
	return c.Finish(net)
}
