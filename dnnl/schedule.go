package dnnl

import (
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// schedule is the order in which nodes run: as they stand in the program, but a
// node that writes state in place runs after all other readers of that state.
type schedule struct {
	nodes   []*graph.Node
	inPlace map[*graph.Value]*graph.Value // new value -> the state whose memory it takes
}

func newSchedule(p *graph.Program) schedule {
	s := schedule{inPlace: overwrites(p)}
	before := s.conflicts(p)
	done := map[*graph.Node]bool{}
	for len(s.nodes) < len(p.Nodes) {
		n := s.ready(p, done, before)
		done[n] = true
		s.nodes = append(s.nodes, n)
	}
	return s
}

// overwrites returns the updates whose new value may be written over the state.
func overwrites(p *graph.Program) map[*graph.Value]*graph.Value {
	m := map[*graph.Value]*graph.Value{}
	times := map[*graph.Value]int{} // as a new value or an output, views looked through
	for _, u := range p.Updates {
		times[u.New]++
		if r := source(u.New); r != u.New {
			times[r]++
		}
	}
	for _, v := range p.Outputs {
		times[v]++
	}
	for _, u := range p.Updates {
		if n := u.New.From; n != nil && times[u.New] == 1 && times[u.State] == 0 {
			if k := overwritable(n, u.New.Index()); k >= 0 && n.In[k] == u.State && uses(n, u.State) == 1 {
				m[u.New] = u.State
			}
		}
	}
	return m
}

// overwritable returns the input of n that output i may lie in, -1 if none.
func overwritable(n *graph.Node, i int) int {
	switch n.Op.(type) {
	case graph.SGD:
		return slotOf(i, len(n.Out)/2)
	case graph.Adam:
		return slotOf(i, len(n.Out)/3)
	case graph.EMA:
		return 1 + i
	case graph.Blend:
		return 0
	}
	return -1
}

// slotOf maps result i of an optimiser on n parameters to its input: behind hyper
// and clip stand weights, gradients, then moments.
func slotOf(i, n int) int {
	if i < n {
		return 2 + i
	}
	return 2 + n + i
}

func uses(n *graph.Node, v *graph.Value) int {
	k := 0
	for _, x := range n.In {
		if x != nil && source(x) == v {
			k++
		}
	}
	return k
}

// source looks through operators that may share their input's memory.
func source(v *graph.Value) *graph.Value {
	for v.From != nil {
		switch v.From.Op.(type) {
		case graph.Identity, graph.Dropout, graph.Reshape, graph.Flatten:
			v = v.From.In[0]
			continue
		}
		return v
	}
	return v
}

// conflicts returns for each new value written in place the nodes that read the
// old state.
func (s schedule) conflicts(p *graph.Program) map[*graph.Value][]*graph.Node {
	readers := map[*graph.Value][]*graph.Node{}
	for _, n := range p.Nodes {
		for _, v := range n.In {
			if v != nil {
				r := source(v)
				readers[r] = append(readers[r], n)
			}
		}
	}
	before := map[*graph.Value][]*graph.Node{}
	for v, state := range s.inPlace {
		for _, r := range readers[state] {
			if r != v.From {
				before[v] = append(before[v], r)
			}
		}
	}
	return before
}

// ready returns the next node. If only nodes are left that overwrite what others
// still need, the first of them gives up its place.
func (s schedule) ready(p *graph.Program, done map[*graph.Node]bool, before map[*graph.Value][]*graph.Node) *graph.Node {
	var stuck *graph.Node
	for _, n := range p.Nodes {
		if done[n] || !computed(n, done) {
			continue
		}
		if len(s.blocked(n, done, before)) == 0 {
			return n
		}
		if stuck == nil {
			stuck = n
		}
	}
	for _, v := range s.blocked(stuck, done, before) {
		delete(s.inPlace, v)
	}
	return stuck
}

// blocked returns n's results that would overwrite state too early.
func (s schedule) blocked(n *graph.Node, done map[*graph.Node]bool, before map[*graph.Value][]*graph.Node) []*graph.Value {
	var vs []*graph.Value
	for _, v := range n.Out {
		if s.inPlace[v] != nil && slices.ContainsFunc(before[v], func(r *graph.Node) bool { return !done[r] }) {
			vs = append(vs, v)
		}
	}
	return vs
}

func computed(n *graph.Node, done map[*graph.Node]bool) bool {
	for _, v := range n.In {
		if v != nil && v.From != nil && !done[v.From] {
			return false
		}
	}
	return true
}
