package graph

import "fmt"

// Evaluator computes one operator on host tensors. The reference back end is one;
// passes that fold constants are given it.
type Evaluator interface {
	Eval(op Op, in []*Tensor) ([]*Tensor, error)
}

// FoldLimit is the largest result of constant folding, in bytes.
const FoldLimit = 256 << 20

// FoldConstants computes every node whose inputs are all constants, as long as
// inputs and results are small (FoldLimit) and not lazy.
func FoldConstants(g *Graph, e Evaluator) (*Graph, error) {
	c := NewCopier()
	c.Leaves(g)
	for _, n := range g.Nodes {
		done, err := foldNode(c, n, e)
		if err != nil {
			return nil, err
		}
		if done {
			continue
		}
		if err := c.Node(n); err != nil {
			return nil, err
		}
	}
	out, err := c.Finish(g)
	if err != nil {
		return nil, err
	}
	return Prune(out, out.Outputs...)
}

func foldNode(c *Copier, n *Node, e Evaluator) (bool, error) {
	in := make([]*Tensor, len(n.In))
	bytes := 0
	for i, v := range n.In {
		if v == nil {
			continue
		}
		w := c.Map[v]
		t, ok := w.Data.(*Tensor)
		if w.Kind != Const || !ok {
			return false, nil
		}
		in[i], bytes = t, bytes+w.Bytes()
	}
	for _, v := range n.Out {
		bytes += v.Bytes()
	}
	if len(n.In) == 0 || bytes > FoldLimit {
		return false, nil
	}
	out, err := e.Eval(n.Op, in)
	if err != nil {
		return false, fmt.Errorf("folding %v: %w", n, err)
	}
	for i, v := range n.Out {
		c.Map[v] = c.Dst.AddConst(v.Name, out[i])
	}
	return true, nil
}
