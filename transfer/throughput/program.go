package throughput

import (
	"fmt"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Program builds the step of a task with the passes of a real job. Training is SGD
// with momentum, without weight decay or clipping.
func Program(n *Net, t Task) (*graph.Program, error) {
	net, logits := n.Graph, n.Logits
	if !slices.Contains(Tasks(), t) {
		return nil, fmt.Errorf("%w: unknown task %q; there is: %s", fault.ErrUsage, t, list())
	}
	var err error
	switch t {
	case Infer:
		return graph.BuildInfer(net, nil, logits)
	case CachedLast:
		if n.Boundary == nil {
			return nil, noStage(n)
		}
		net, err = behind(net, n.Boundary, logits)
	case CachedHead:
		net, err = behind(net, n.Features, logits)
	case Last:
		if n.Boundary == nil {
			return nil, noStage(n)
		}
	default: // the whole network
	}
	if err != nil {
		return nil, err
	}
	logits = net.Value(logits.Name)
	s := graph.TrainSpec{Logits: logits, Optimiser: graph.Optimiser{Kind: "sgd"},
		Groups:  []graph.ParamGroup{{Params: trained(net, logits, t.frozenUpTo(n, net))}},
		Dropout: func(*graph.Node) bool { return t == Full }}
	if t == Full {
		s.BatchStats = func(*graph.Node) bool { return true }
	}
	return graph.BuildTrain(net, s)
}

func noStage(n *Net) error {
	return fault.New(fault.ErrModel, "the network has no last stage", n.Name, "it has a single block", "use --tasks full,head,infer")
}

// frozenUpTo is the value up to which nothing trains; nil: all trains.
func (t Task) frozenUpTo(n *Net, net *graph.Graph) *graph.Value {
	switch t {
	case Last:
		return net.Value(n.Boundary.Name)
	case Head:
		return net.Value(n.Features.Name)
	default:
		return nil
	}
}

// trained lists the parameters between frozen (nil: the inputs) and logits:
// weights and biases of Conv and Gemm, scale and bias of BatchNorm.
func trained(g *graph.Graph, logits, frozen *graph.Value) []string {
	below, above := map[*graph.Node]bool{}, upstream(logits)
	if frozen != nil {
		below = upstream(frozen)
	}
	var names []string
	seen := map[*graph.Value]bool{}
	for _, n := range g.Nodes {
		if below[n] || !above[n] {
			continue
		}
		for i, v := range n.In {
			if v == nil || v.Kind != graph.Const || v.DType != graph.Float32 || seen[v] || !trains(n.Op, i) {
				continue
			}
			seen[v] = true
			names = append(names, v.Name)
		}
	}
	return names
}

// trains reports whether input i of op is a parameter.
func trains(op graph.Op, i int) bool {
	switch op.(type) {
	case graph.Conv, graph.BatchNorm:
		return i == 1 || i == 2
	case graph.Gemm:
		return true
	}
	return false
}

// upstream returns the nodes that v depends on.
func upstream(v *graph.Value) map[*graph.Node]bool {
	up := map[*graph.Node]bool{}
	stack := []*graph.Node{v.From}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if n == nil || up[n] {
			continue
		}
		up[n] = true
		for _, v := range n.In {
			if v != nil {
				stack = append(stack, v.From)
			}
		}
	}
	return up
}

// behind returns what computes out from at, which becomes the only input.
func behind(g *graph.Graph, at, out *graph.Value) (*graph.Graph, error) {
	below, need := upstream(at), upstream(out)
	c := graph.NewCopier()
	c.Map[at] = c.Dst.AddInput(at.Name, at.Type, true)
	for _, v := range g.Consts {
		c.Map[v] = c.Dst.AddConst(v.Name, v.Data)
	}
	for _, n := range g.Nodes {
		if below[n] || !need[n] {
			continue
		}
		for _, v := range n.In {
			if v != nil && c.Map[v] == nil {
				return nil, fmt.Errorf("%v: %w: %q goes around the cut at %q", n, fault.ErrModel, v.Name, at.Name)
			}
		}
		if err := c.Node(n); err != nil {
			return nil, err
		}
	}
	c.Dst.Outputs = []*graph.Value{c.Map[out]}
	return graph.Prune(c.Dst, c.Dst.Outputs...)
}
