package graph

// FuseInference joins each convolution with the residual addition and the
// activation that follow it into a FusedConv, among the nodes that allow accepts
// (nil: all). Intermediate results must have one reader and not be outputs.
func FuseInference(g *Graph, allow func(*Node) bool) (*Graph, error) {
	g, _, err := fuseConvs(g, allow, nil)
	return g, err
}

// fuseConvs is FuseInference that leaves the values of keep alone and tells where
// each value went. It may run after Gradients: what a gradient reads has a reader.
func fuseConvs(g *Graph, allow func(*Node) bool, keep map[*Value]bool) (*Graph, *Copier, error) {
	f := newFuser(g, allow, keep)
	c := NewCopier()
	c.Leaves(g)
	for _, n := range g.Nodes {
		ch := f.chains[n]
		switch {
		case ch != nil && ch.last() == n:
			if err := ch.emit(c); err != nil {
				return nil, nil, err
			}
		case ch != nil: // emitted with the last node of its chain
		default:
			if err := c.Node(n); err != nil {
				return nil, nil, err
			}
		}
	}
	g, err := c.Finish(g)
	return g, c, err
}

// chain is conv → [add] → [act], the nodes absent are nil.
type chain struct {
	conv, add, act *Node
	residual       *Value
}

func (ch *chain) last() *Node {
	switch {
	case ch.act != nil:
		return ch.act
	case ch.add != nil:
		return ch.add
	}
	return ch.conv
}

func (ch *chain) emit(c *Copier) error {
	op := FusedConv{Conv: ch.conv.Op.(Conv)}
	if ch.act != nil {
		op.Act = ch.act.Op.(Act)
	}
	in := c.In(ch.conv)
	if ch.residual != nil {
		if len(in) == 2 {
			in = append(in, nil)
		}
		in = append(in, c.Map[ch.residual])
	}
	last := ch.last()
	out, err := c.Dst.AddNamed(ch.conv.Name, []string{last.Out[0].Name}, op, in...)
	if err != nil {
		return err
	}
	c.Map[last.Out[0]] = out[0]
	return nil
}

type fuser struct {
	users  map[*Value][]*Node
	outs   map[*Value]bool
	order  map[*Node]int
	allow  func(*Node) bool
	chains map[*Node]*chain // by every node of a chain
}

func newFuser(g *Graph, allow func(*Node) bool, keep map[*Value]bool) *fuser {
	f := &fuser{users: g.Users(), outs: map[*Value]bool{}, order: map[*Node]int{}, allow: allow, chains: map[*Node]*chain{}}
	for _, v := range g.Outputs {
		f.outs[v] = true
	}
	for v := range keep {
		f.outs[v] = true
	}
	for i, n := range g.Nodes {
		f.order[n] = i
	}
	for _, n := range g.Nodes {
		if _, ok := n.Op.(Conv); ok && (allow == nil || allow(n)) {
			f.grow(n)
		}
	}
	return f
}

// grow finds the longest chain behind conv and files its nodes.
func (f *fuser) grow(conv *Node) {
	ch := &chain{conv: conv}
	next := f.only(conv)
	if next != nil && f.takesResidual(next, conv, ch) {
		next = f.only(next)
	}
	if next != nil && f.chains[next] == nil {
		if _, ok := next.Op.(Act); ok {
			ch.act = next
		}
	}
	if ch.add == nil && ch.act == nil {
		return
	}
	for _, n := range []*Node{ch.conv, ch.add, ch.act} {
		if n != nil {
			f.chains[n] = ch
		}
	}
}

// only returns the single reader of n's result, nil if there is none or several.
func (f *fuser) only(n *Node) *Node {
	v := n.Out[0]
	if u := f.users[v]; len(u) == 1 && !f.outs[v] && (f.allow == nil || f.allow(u[0])) {
		return u[0]
	}
	return nil
}

// takesResidual reports whether add joins conv's result with an equally shaped
// value. Of two convolutions that meet, the later one takes the other as residual.
func (f *fuser) takesResidual(add, conv *Node, ch *chain) bool {
	if b, ok := add.Op.(Binary); !ok || b.Fn != Add || f.chains[add] != nil {
		return false
	}
	other := add.In[0]
	if other == conv.Out[0] {
		other = add.In[1]
	}
	if other == conv.Out[0] || !other.Shape.Equal(conv.Out[0].Shape) {
		return false
	}
	if p := other.From; p != nil && f.order[p] > f.order[conv] {
		if _, ok := p.Op.(Conv); ok && f.only(p) == add {
			return false
		}
	}
	ch.add, ch.residual = add, other
	return true
}
