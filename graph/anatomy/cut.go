package anatomy

import "github.com/gotl-gpu/gotl-gpu/graph"

// Cut is a tensor that every path from the inputs to the target crosses: the
// network can be split there into a frozen part and the rest.
type Cut struct {
	Value  *graph.Value
	Node   *graph.Node // that computes Value; SCHEMES' cut:NODE
	Depth  int         // nodes on the way to it
	Params int64       // of the layers below and at the cut
	MACs   int64       // per row, below and at the cut
	Bytes  int64       // of Value per row, float32: what a cache entry takes
	Block  int         // number of the block that ends here, from 1; 0: inside a block
}

// Cuts returns the cuts between g's inputs and target in order; the last one is
// target itself. Nodes that depend on no input are not counted.
func Cuts(g *graph.Graph, target *graph.Value) []Cut {
	nodes, last := pathTo(g, target)
	var cuts []Cut
	var below tally
	open := map[*graph.Value]bool{} // values that a later node reads
	for _, v := range g.Inputs {
		if last[v] >= 0 {
			open[v] = true
		}
	}
	for i, n := range nodes {
		below.add(n)
		for _, v := range n.In {
			if v != nil && last[v] == i {
				delete(open, v)
			}
		}
		for _, v := range n.Out {
			if last[v] > i || v == target {
				open[v] = true
			}
		}
		if v := n.Out[0]; len(open) == 1 && open[v] {
			rows := int64(max(1, v.Shape[0]))
			cuts = append(cuts, Cut{Value: v, Node: n, Depth: i + 1, Params: below.params,
				MACs: below.macs / rows, Bytes: int64(v.Bytes()) / rows})
		}
	}
	markBlocks(nodes, cuts)
	return cuts
}

// tally sums the cost of nodes; shared weights count once.
type tally struct {
	params, macs int64
	seen         map[*graph.Value]bool
}

func (t *tally) add(n *graph.Node) {
	if t.seen == nil {
		t.seen = map[*graph.Value]bool{}
	}
	t.macs += MACs(n)
	for _, v := range Weights(n) {
		if !t.seen[v] {
			t.seen[v] = true
			t.params += int64(v.Shape.Len())
		}
	}
}

// pathTo returns the nodes between inputs and target, in order, and for every
// value the position of its last reader among them (-1: none).
func pathTo(g *graph.Graph, target *graph.Value) ([]*graph.Node, map[*graph.Value]int) {
	live := map[*graph.Value]bool{}
	for _, v := range g.Inputs {
		live[v] = true
	}
	for _, n := range g.Nodes {
		for _, v := range n.In {
			if v != nil && live[v] {
				setAll(live, n.Out)
			}
		}
	}
	need := map[*graph.Value]bool{target: true}
	var back []*graph.Node
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		n := g.Nodes[i]
		if !anyOf(need, n.Out) || !live[n.Out[0]] {
			continue
		}
		back = append(back, n)
		setAll(need, n.In)
	}
	last := map[*graph.Value]int{}
	nodes := make([]*graph.Node, 0, len(back))
	for i := len(back) - 1; i >= 0; i-- {
		n := back[i]
		for _, v := range n.In {
			if v != nil && live[v] {
				last[v] = len(nodes)
			}
		}
		nodes = append(nodes, n)
	}
	for _, v := range g.Inputs {
		if _, ok := last[v]; !ok {
			last[v] = -1
		}
	}
	return nodes, last
}

func setAll(set map[*graph.Value]bool, vs []*graph.Value) {
	for _, v := range vs {
		if v != nil {
			set[v] = true
		}
	}
}

func anyOf(set map[*graph.Value]bool, vs []*graph.Value) bool {
	for _, v := range vs {
		if set[v] {
			return true
		}
	}
	return false
}

// markBlocks numbers the cuts at which a block ends: the next layer begins a new
// unit. A depthwise convolution and a channel gate belong to what follows.
func markBlocks(nodes []*graph.Node, cuts []Cut) {
	block, layers := 0, 0
	from := 0
	for i := range cuts {
		end := cuts[i].Depth
		region := nodes[from:end]
		from = end
		layers += count(region)
		if layers == 0 {
			continue
		}
		final := i == len(cuts)-1
		if !final && (count(nodes[end:cuts[i+1].Depth]) == 0 || unfinished(nodes[:end])) {
			continue
		}
		block++
		layers = 0
		cuts[i].Block = block
	}
}

// count returns the convolutions and matrix products among nodes.
func count(nodes []*graph.Node) int {
	k := 0
	for _, n := range nodes {
		if mixing(n) {
			k++
		}
	}
	return k
}

// unfinished reports whether the last layer is a depthwise convolution or a gate
// with no join of branches behind it.
func unfinished(nodes []*graph.Node) bool {
	for i := len(nodes) - 1; i >= 0; i-- {
		n := nodes[i]
		switch op := n.Op.(type) {
		case graph.Concat:
			return false
		case graph.Binary:
			if n.In[0].Kind != graph.Computed || n.In[1].Kind != graph.Computed {
				continue
			}
			if op.Fn == graph.Add {
				return false
			}
			if !n.In[0].Shape.Equal(n.In[1].Shape) {
				return true
			}
		case graph.Conv:
			return op.Groups > 1 && op.Groups == n.In[0].Shape[1]
		case graph.Gemm, graph.FusedConv:
			return false
		}
	}
	return false
}

// Blocks returns the cuts at which blocks end, in order. Freezing n blocks means
// cutting at Blocks[n-1].
func Blocks(cuts []Cut) []Cut {
	var b []Cut
	for _, c := range cuts {
		if c.Block > 0 {
			b = append(b, c)
		}
	}
	return b
}
