package transfer

import "github.com/gotl-gpu/gotl-gpu/graph"

// normScope ends the names of norms that are put back.
const normScope = "/gotl_bn"

// withNorms returns g with a BatchNorm behind every convolution that has none, in
// place of its bias: exporters fold norms into the weights, and a deep network does
// not learn from random weights without. Value names stay as they were.
func withNorms(g *graph.Graph) (*graph.Graph, error) {
	normed := map[*graph.Value]bool{}
	for _, n := range g.Nodes {
		if _, ok := n.Op.(graph.BatchNorm); ok {
			normed[n.In[0]] = true
		}
	}
	c := graph.NewCopier()
	c.Leaves(g)
	for _, n := range g.Nodes {
		if _, ok := n.Op.(graph.Conv); !ok || normed[n.Out[0]] {
			if err := c.Node(n); err != nil {
				return nil, err
			}
			continue
		}
		y, err := convNorm(c, n)
		if err != nil {
			return nil, err
		}
		c.Map[n.Out[0]] = y
	}
	return c.Finish(g)
}

// convNorm adds the convolution n without bias and a norm that gives its value.
func convNorm(c *graph.Copier, n *graph.Node) (*graph.Value, error) {
	name := n.Out[0].Name
	x, err := c.Dst.AddNamed(n.Name, []string{name + normScope + "/x"}, n.Op, c.In(n)[:2]...)
	if err != nil {
		return nil, err
	}
	in := []*graph.Value{x[0]}
	for i, part := range []string{"scale", "bias", "mean", "var"} {
		t := graph.NewTensor(graph.Float32, n.Out[0].Shape[1])
		for k := range t.F32 {
			t.F32[k] = [...]float32{1, 0, 0, 1}[i]
		}
		in = append(in, c.Dst.AddConst(name+normScope+"."+part, t))
	}
	y, err := c.Dst.AddNamed(n.Name+normScope, []string{name}, graph.BatchNorm{Eps: 1e-5, Keep: .9}, in...)
	if err != nil {
		return nil, err
	}
	return y[0], nil
}

// hasNorm reports whether any BatchNorm stands in g.
func hasNorm(g *graph.Graph) bool {
	for _, n := range g.Nodes {
		if _, ok := n.Op.(graph.BatchNorm); ok {
			return true
		}
	}
	return false
}
