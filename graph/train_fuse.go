package graph

// foldable returns the live convolutions whose only reader is a BatchNorm with
// running statistics, and that node.
func (t *trainer) foldable(g *Graph, live map[*Node]bool) map[*Node]*Node {
	users, outs, m := g.Users(), map[*Value]bool{}, map[*Node]*Node{}
	for _, v := range g.Outputs {
		outs[v] = true
	}
	for _, n := range g.Nodes {
		if _, ok := n.Op.(BatchNorm); !ok || t.batchStats(n, live[n]) || !allConst(n.In[1:]) {
			continue
		}
		x := n.In[0]
		if p := x.From; p != nil && live[p] && len(users[x]) == 1 && !outs[x] && allConst(p.In[1:]) && !t.trainsStatistics(n) {
			if _, ok := p.Op.(Conv); ok {
				m[p] = n
			}
		}
	}
	return m
}

// trainsStatistics reports whether someone asked for gradients of bn's running
// mean or variance, which FoldNorm does not have.
func (t *trainer) trainsStatistics(bn *Node) bool {
	return t.train[bn.In[3].Name] || t.train[bn.In[4].Name]
}

// foldNorm emits conv with bn multiplied into its weights.
func (t *trainer) foldNorm(conv, bn *Node) error {
	c := t.copy
	in, norm := c.In(conv), c.In(bn)
	args := append([]*Value{in[1]}, norm[1:]...)
	if b := opt(in, 2); b != nil {
		args = append(args, b)
	}
	w, err := c.Dst.Add(bn.Name+"/fold", FoldNorm{Eps: bn.Op.(BatchNorm).Eps}, args...)
	if err != nil {
		return err
	}
	y, err := c.Dst.AddNamed(conv.Name, []string{bn.Out[0].Name}, conv.Op, in[0], w[0], w[1])
	if err != nil {
		return err
	}
	c.Map[bn.Out[0]] = y[0]
	return nil
}

// fuse joins operators of the finished program: batch normalisations and
// convolutions with the addition and the activation behind them.
func (t *trainer) fuse() error {
	for _, pass := range []func(*Graph, map[*Value]bool) (*Graph, *Copier, error){
		FuseNorms,
		func(g *Graph, keep map[*Value]bool) (*Graph, *Copier, error) { return fuseConvs(g, nil, keep) },
	} {
		keep := map[*Value]bool{}
		for _, v := range t.p.Results() {
			keep[v] = true
		}
		g, c, err := pass(t.p.Graph, keep)
		if err != nil {
			return err
		}
		p := &Program{Graph: g}
		for _, u := range t.p.Updates {
			p.Updates = append(p.Updates, Update{c.Map[u.State], c.Map[u.New]})
		}
		t.p = p
	}
	return nil
}
