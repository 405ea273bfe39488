package transfer

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// OpSupport tells how an operator of the imported graph is supported. Forward and
// Backward count the nodes that each engine can run; Trainable those with a
// gradient rule.
type OpSupport struct {
	Op       string         `json:"op"`
	Nodes    int            `json:"nodes"`
	Rule     int            `json:"gradient_rule"`
	Forward  map[string]int `json:"forward"`
	Backward map[string]int `json:"backward"`
}

// support counts operators in order of appearance.
func (r *Inspection) support(g *graph.Graph, engines []Engine) {
	at := map[string]int{}
	for _, e := range engines {
		r.Engines = append(r.Engines, e.Name)
	}
	for _, n := range g.Nodes {
		kind := n.Op.Kind()
		i, ok := at[kind]
		if !ok {
			i = len(r.Ops)
			at[kind] = i
			r.Ops = append(r.Ops, OpSupport{Op: kind, Forward: map[string]int{}, Backward: map[string]int{}})
		}
		r.Ops[i].count(n, engines)
	}
}

func (s *OpSupport) count(n *graph.Node, engines []Engine) {
	s.Nodes++
	back, rule := backwardOps(n)
	if rule {
		s.Rule++
	}
	for _, e := range engines {
		if e.Supports(n.Op) {
			s.Forward[e.Name]++
		}
		if rule && supportsAll(e, back) {
			s.Backward[e.Name]++
		}
	}
}

func supportsAll(e Engine, ops []graph.Op) bool {
	for _, op := range ops {
		if !e.Supports(op) {
			return false
		}
	}
	return true
}

// backwardOps returns the operators that n's gradient rule emits for all its
// floating-point inputs. ok is false if there is no rule. A node without such
// inputs needs none.
func backwardOps(n *graph.Node) (ops []graph.Op, ok bool) {
	g := graph.New()
	in, wrt := make([]*graph.Value, len(n.In)), []*graph.Value(nil)
	for i, v := range n.In {
		switch {
		case v == nil:
		case v.Kind == graph.Const && !v.DType.IsFloat():
			in[i] = g.AddConst(v.Name, v.Data)
		default:
			in[i] = g.AddInput(v.Name, v.Type, v.Batched)
			if v.DType.IsFloat() {
				wrt = append(wrt, in[i])
			}
		}
	}
	out, err := g.AddNamed(n.Name, nil, n.Op, in...)
	if err != nil || len(wrt) == 0 || !out[0].DType.IsFloat() {
		return nil, err == nil
	}
	loss, err := g.Add1("loss", graph.Reduce{Fn: graph.Sum}, out[0])
	if err != nil {
		return nil, false
	}
	first, ok := gradientOfAny(g, loss, wrt)
	if !ok {
		return nil, false
	}
	own := n.Name + "/"
	for _, b := range g.Nodes[first:] {
		if len(b.Name) > len(own) && b.Name[:len(own)] == own {
			ops = append(ops, b.Op)
		}
	}
	return ops, true
}

// gradientOfAny asks for all gradients at once, and while some input has none
// (norm statistics), for those before it. first is where the nodes it added begin.
func gradientOfAny(g *graph.Graph, loss *graph.Value, wrt []*graph.Value) (first int, ok bool) {
	for k := len(wrt); k > 0; k-- {
		first = len(g.Nodes)
		if _, err := graph.Gradients(g, loss, wrt[:k]); err == nil {
			return first, true
		}
	}
	return 0, false
}
