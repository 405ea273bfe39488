package onnx

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// foldScale folds a Mul and an Add by per-channel constants into the BatchNorm
// before them, as networks born in Caffe have them: γ' = γ·m, β' = β·m + a.
func foldScale(g *graph.Graph, r *Report) (*graph.Graph, error) {
	c, uses := graph.NewCopier(), users(g)
	c.Leaves(g)
	readers := g.Users()
	skip := map[*graph.Node]bool{}
	for _, n := range g.Nodes {
		if skip[n] {
			continue
		}
		chain := scaleChain(n, uses, readers)
		if len(chain) == 0 {
			if err := c.Node(n); err != nil {
				return nil, err
			}
			continue
		}
		if err := scaled(c, n, chain); err != nil {
			return nil, err
		}
		for _, m := range chain {
			skip[m] = true
			r.note("scale and shift folded into BatchNormalization", m.Name)
		}
	}
	out, err := c.Finish(g)
	if err != nil {
		return nil, err
	}
	return graph.Prune(out, out.Outputs...)
}

// scaleChain returns the Mul and Add nodes that follow the BatchNorm n and can be
// folded into it.
func scaleChain(n *graph.Node, uses map[*graph.Value]int, readers map[*graph.Value][]*graph.Node) []*graph.Node {
	if _, ok := n.Op.(graph.BatchNorm); !ok || constant(n.In[1]) == nil || constant(n.In[2]) == nil {
		return nil
	}
	var chain []*graph.Node
	for v := n.Out[0]; uses[v] == 1 && len(readers[v]) == 1; {
		m := readers[v][0]
		if _, ok := affine(m, v); !ok {
			break
		}
		chain = append(chain, m)
		v = m.Out[0]
	}
	return chain
}

// affine returns the per-channel constants of m, a Mul or Add of v.
func affine(m *graph.Node, v *graph.Value) ([]float32, bool) {
	op, ok := m.Op.(graph.Binary)
	if !ok || op.Fn != graph.Mul && op.Fn != graph.Add || !m.Out[0].Shape.Equal(v.Shape) {
		return nil, false
	}
	other := m.In[0]
	if other == v {
		other = m.In[1]
	}
	k := perChannel(other, v.Shape.Rank(), v.Shape[1])
	return k, k != nil
}

// scaled copies the BatchNorm n with the chain folded into scale and bias. It
// takes the name of the chain's last result.
func scaled(c *graph.Copier, n *graph.Node, chain []*graph.Node) error {
	scale, bias := constant(n.In[1]).Clone(), constant(n.In[2]).Clone()
	v := n.Out[0]
	for _, m := range chain {
		k, _ := affine(m, v)
		for i, x := range k {
			if m.Op.(graph.Binary).Fn == graph.Mul {
				scale.F32[i] *= x
				bias.F32[i] *= x
			} else {
				bias.F32[i] += x
			}
		}
		v = m.Out[0]
	}
	in := c.In(n)
	in[1], in[2] = c.Dst.AddConst(n.In[1].Name+"/scaled", scale), c.Dst.AddConst(n.In[2].Name+"/shifted", bias)
	out, err := c.Dst.AddNamed(n.Name, []string{v.Name}, n.Op, in...)
	if err != nil {
		return err
	}
	c.Map[v] = out[0]
	return nil
}
