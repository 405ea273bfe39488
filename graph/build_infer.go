package graph

// BuildInfer makes the program that computes outs of net at its batch size, in
// inference form. Constants named by keep stay exchangeable: they become state,
// which Bind can replace, and nothing is folded into them.
func BuildInfer(net *Graph, keep func(name string) bool, outs ...*Value) (*Program, error) {
	g, err := Prune(net, outs...)
	if err != nil {
		return nil, err
	}
	if keep != nil {
		if g, err = asState(g, keep); err != nil {
			return nil, err
		}
	}
	if g, err = FoldBatchNorm(g, nil); err != nil {
		return nil, err
	}
	if g, err = FuseInference(g, nil); err != nil {
		return nil, err
	}
	p := &Program{Graph: g}
	return p, p.Check()
}

// asState copies g with the constants that keep accepts as state.
func asState(g *Graph, keep func(string) bool) (*Graph, error) {
	c := NewCopier()
	for _, v := range g.Inputs {
		c.Map[v] = c.Dst.AddInput(v.Name, v.Type, v.Batched)
	}
	for _, v := range g.Consts {
		if keep(v.Name) {
			c.Map[v] = c.Dst.AddState(v.Name, v.Data)
		} else {
			c.Map[v] = c.Dst.AddConst(v.Name, v.Data)
		}
	}
	for _, n := range g.Nodes {
		if err := c.Node(n); err != nil {
			return nil, err
		}
	}
	return c.Finish(g)
}
