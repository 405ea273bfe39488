package transfer

import (
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// trainable returns the parameters of net that train and the block of each; head is
// that of the classifier, the highest.
func (j *job) trainable(net *graph.Graph) (ps []parameter, depth func(parameter) int, head int, err error) {
	blocks := j.net.blocksIn(net)
	frozen, err := freeze(net, blocks, j.set.Freeze, j.set.TrainOnly)
	if err != nil {
		return nil, nil, 0, err
	}
	inHead := keepAll(j.head.params())
	bnFrozen := j.set.BN == "frozen"
	var out []parameter
	body := 0
	for _, p := range parameters(net) {
		_, norm := p.node.Op.(graph.BatchNorm)
		if !inHead(p.name) && (frozen[p.node] || norm && bnFrozen) {
			continue
		}
		if !inHead(p.name) {
			body++
		}
		out = append(out, p)
	}
	if body == 0 {
		return nil, nil, 0, fault.New(fault.ErrUsage, "nothing to fine-tune", "--freeze "+j.set.Freeze, "everything but the head is frozen",
			"use --scheme features, which is the same and much faster")
	}
	of := map[*graph.Node]int{}
	for k, b := range blocks {
		for _, n := range b.nodes {
			of[n] = k
		}
	}
	return out, func(p parameter) int {
		if inHead(p.name) {
			return len(blocks)
		}
		return of[p.node]
	}, len(blocks), nil
}

// batchStats returns which norms use batch statistics, nil for none: with --bn
// train those whose scale or bias trains.
func (j *job) batchStats(net *graph.Graph, trained []parameter) func(*graph.Node) bool {
	mode := j.set.BN
	if mode == "auto" && j.scheme == "scratch" {
		mode = "train"
	}
	if mode != "train" {
		return nil
	}
	on := map[string]bool{}
	for _, p := range trained {
		if _, ok := p.node.Op.(graph.BatchNorm); ok {
			on[p.node.Name] = true
		}
	}
	if len(on) == 0 {
		return nil
	}
	return func(n *graph.Node) bool { return on[n.Name] }
}

// redraw gives every layer of g random weights: convolutions N(0, 2/(k²·out/groups)),
// linear layers N(0, 2/in), norms scale 1, bias 0, mean 0, variance 1.
func redraw(g *graph.Graph, seed uint64) weights {
	w := weights{}
	set := func(v *graph.Value, sd float64, constant float32) {
		t := graph.NewTensor(graph.Float32, v.Shape...)
		for i := range t.F32 {
			t.F32[i] = constant
		}
		if sd > 0 {
			fillNormal(t.F32, sd, seed, v.Name)
		}
		w[v.Name] = t
	}
	for _, n := range g.Nodes {
		for i, v := range n.In {
			if i == 0 || v == nil || v.Kind != graph.Const || v.DType != graph.Float32 {
				continue
			}
			switch op := n.Op.(type) {
			case graph.Conv:
				fan := graph.Shape(op.Kernel).Len() * v.Shape[0] / op.Groups
				set(v, weightSD(i, 2/float64(fan)), 0)
			case graph.Gemm:
				fan := v.Shape[len(v.Shape)-1]
				if !op.TransB {
					fan = v.Shape[0]
				}
				set(v, weightSD(i, 2/float64(fan)), 0)
			case graph.BatchNorm:
				set(v, 0, [...]float32{0, 1, 0, 0, 1}[i])
			}
		}
	}
	return w
}

// weightSD is the standard deviation of input 1, 0 for biases.
func weightSD(input int, variance float64) float64 {
	if input != 1 {
		return 0
	}
	return math.Sqrt(variance)
}
