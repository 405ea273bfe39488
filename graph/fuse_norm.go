package graph

import (
	"maps"
	"slices"
)

// FuseNorms joins, in a finished training program's graph,
//
//	BatchNormTrain -> [Add of equal shape] -> [Relu | Clip]       into FusedBatchNormTrain
//	ReluGrad | ClipGrad of that result -> BatchNormGrad           into FusedBatchNormGrad
//
// The values between must have no other readers forward; a gradient in between that
// has others, as with a residual, becomes a result of its own. What is in keep and
// the outputs survive by themselves. The Copier's Map leads from old to new values.
func FuseNorms(g *Graph, keep map[*Value]bool) (*Graph, *Copier, error) {
	f := newNormFuser(g, keep)
	c := NewCopier()
	c.Leaves(g)
	var late []*Node // wait for a result that is now made further down
	for _, n := range g.Nodes {
		late = append(late, n)
		for i := 0; i < len(late); i++ {
			if !f.ready(c, late[i]) {
				continue
			}
			if err := f.node(c, late[i]); err != nil {
				return nil, nil, err
			}
			late, i = append(late[:i], late[i+1:]...), -1
		}
	}
	out, err := c.Finish(g)
	return out, c, err
}

// normChain is norm -> [add] -> [act], not both absent.
type normChain struct {
	norm, add, act *Node
	residual       *Value
}

func (ch *normChain) last() *Node {
	if ch.act != nil {
		return ch.act
	}
	return ch.add
}

// normFuser knows which nodes go together.
type normFuser struct {
	users  map[*Value][]*Node
	keep   map[*Value]bool
	order  map[*Node]int
	chains map[*Node]*normChain // by every node of a chain
	grads  map[*Node]*Node      // ActGrad -> the BatchNormGrad that takes its result
	gone   map[*Node]bool       // those BatchNormGrad nodes
}

func newNormFuser(g *Graph, keep map[*Value]bool) *normFuser {
	f := &normFuser{users: g.Users(), keep: maps.Clone(keep), order: map[*Node]int{}, chains: map[*Node]*normChain{},
		grads: map[*Node]*Node{}, gone: map[*Node]bool{}}
	if f.keep == nil {
		f.keep = map[*Value]bool{}
	}
	for _, v := range g.Outputs {
		f.keep[v] = true
	}
	for i, n := range g.Nodes {
		f.order[n] = i
	}
	for _, n := range g.Nodes {
		if _, ok := n.Op.(BatchNormTrain); ok {
			f.grow(n)
		}
	}
	for _, n := range g.Nodes {
		if o, ok := n.Op.(BatchNormGrad); ok && o.Batch && !o.NoParams {
			f.gradient(n)
		}
	}
	return f
}

// grow finds the chain behind norm and files its nodes.
func (f *normFuser) grow(norm *Node) {
	ch := &normChain{norm: norm}
	next := f.only(norm.Out[0])
	if next != nil && f.takesResidual(next, ch) {
		next = f.only(next.Out[0])
	}
	if next != nil && f.chains[next] == nil {
		if a, ok := next.Op.(Act); ok && (a.Fn == Relu || a.Fn == Clip) {
			ch.act = next
		}
	}
	if ch.add == nil && ch.act == nil {
		return
	}
	for _, n := range []*Node{ch.norm, ch.add, ch.act} {
		if n != nil {
			f.chains[n] = ch
		}
	}
}

// only returns the single reader of v, nil if there is none, several or v is kept.
func (f *normFuser) only(v *Value) *Node {
	if u := f.users[v]; len(u) == 1 && !f.keep[v] {
		return u[0]
	}
	return nil
}

// takesResidual reports whether add joins ch's result with another value of its
// shape. Of two normalisations that meet, the later one takes the other. The other
// value must not follow from the statistics.
func (f *normFuser) takesResidual(add *Node, ch *normChain) bool {
	y := ch.norm.Out[0]
	if b, ok := add.Op.(Binary); !ok || b.Fn != Add || f.chains[add] != nil {
		return false
	}
	other := add.In[0]
	if other == y {
		other = add.In[1]
	}
	if other == y || !other.Shape.Equal(y.Shape) {
		return false
	}
	if p := other.From; p != nil && f.order[p] > f.order[ch.norm] {
		_, norm := p.Op.(BatchNormTrain)
		if norm && other == p.Out[0] && f.only(other) == add || anyOf(ancestors([]*Value{other}), ch.norm.Out) {
			return false
		}
	}
	ch.add, ch.residual = add, other
	return true
}

// gradient files the pair of an activation's gradient and n, if n is that of the
// same chain's normalisation.
func (f *normFuser) gradient(n *Node) {
	act := n.In[4].From
	if act == nil || f.grads[act] != nil {
		return
	}
	a, ok := act.Op.(ActGrad)
	if !ok || !a.Fn.FromResult() || act.In[0].From == nil {
		return
	}
	ch := f.chains[act.In[0].From]
	if ch == nil || ch.act != act.In[0].From || ch.act.Op != Op(a.Act) {
		return
	}
	norm := ch.norm
	eps := norm.Op.(BatchNormTrain).Eps == n.Op.(BatchNormGrad).Eps
	if eps && n.In[0] == norm.In[0] && n.In[1] == norm.In[1] && n.In[2] == norm.Out[1] && n.In[3] == norm.Out[2] {
		f.grads[act], f.gone[n] = n, true
	}
}

// reads returns the inputs of what stands in n's place.
func (f *normFuser) reads(n *Node) []*Value {
	switch ch := f.chains[n]; {
	case ch != nil && ch.last() == n:
		return append(slices.Clone(ch.norm.In), ch.residual)
	case ch != nil, f.gone[n]:
		return nil
	case f.grads[n] != nil:
		return slices.Concat(f.grads[n].In[:4], n.In)
	}
	return n.In
}

func (f *normFuser) ready(c *Copier, n *Node) bool {
	return !slices.ContainsFunc(f.reads(n), func(v *Value) bool { return v != nil && c.Map[v] == nil })
}

// node copies n, or emits what stands in its place.
func (f *normFuser) node(c *Copier, n *Node) error {
	switch ch := f.chains[n]; {
	case ch != nil && ch.last() == n:
		return ch.emit(c)
	case ch != nil, f.gone[n]:
		return nil
	case f.grads[n] != nil:
		return f.emitGrad(c, n, f.grads[n])
	}
	return c.Node(n)
}

func (ch *normChain) emit(c *Copier) error {
	op, n := FusedBatchNormTrain{Eps: ch.norm.Op.(BatchNormTrain).Eps}, ch.norm
	if ch.act != nil {
		op.Act = ch.act.Op.(Act)
	}
	in := c.In(n)
	if ch.residual != nil {
		in = append(in, c.Map[ch.residual])
	}
	last := ch.last().Out[0]
	out, err := c.Dst.AddNamed(n.Name, []string{last.Name, n.Out[1].Name, n.Out[2].Name}, op, in...)
	if err != nil {
		return err
	}
	c.Map[last], c.Map[n.Out[1]], c.Map[n.Out[2]] = out[0], out[1], out[2]
	return nil
}

// emitGrad puts the joint gradient where act's stood: all it reads is there.
func (f *normFuser) emitGrad(c *Copier, act, n *Node) error {
	d := act.Out[0]
	op := FusedBatchNormGrad{Eps: n.Op.(BatchNormGrad).Eps, Act: act.Op.(ActGrad).Act, Residual: len(f.users[d]) > 1 || f.keep[d]}
	in := c.In(n)
	in[4] = c.Map[act.In[1]]
	names := []string{n.Out[0].Name, n.Out[1].Name, n.Out[2].Name, d.Name}
	out, err := c.Dst.AddNamed(n.Name, names, op, append(in, c.Map[act.In[0]])...)
	if err != nil {
		return err
	}
	for i, v := range n.Out {
		c.Map[v] = out[i]
	}
	if op.Residual {
		c.Map[d] = out[3]
	}
	return nil
}
