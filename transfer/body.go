package transfer

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// body returns net cut off behind the value named features and made a matrix:
// 4-D features are averaged over space. Its only output is [N D].
func body(net *graph.Graph, features string) (*graph.Graph, error) {
	v := net.Value(features)
	if v == nil {
		return nil, fmt.Errorf("%w: no value %q to cut at", fault.ErrModel, features)
	}
	g, err := graph.Prune(net, v)
	if err != nil {
		return nil, err
	}
	x, err := asMatrix(g, g.Outputs[0])
	if err != nil {
		return nil, err
	}
	g.Outputs = []*graph.Value{x}
	return g, nil
}

func asMatrix(g *graph.Graph, x *graph.Value) (*graph.Value, error) {
	var err error
	if x.Shape.Rank() > 2 && x.Shape[2:].Len() > 1 {
		if x, err = g.Add1(headScope+"pool", graph.GlobalAveragePool{}, x); err != nil {
			return nil, err
		}
	}
	if x.Shape.Rank() != 2 {
		return g.Add1(headScope+"flatten", graph.Flatten{Axis: 1}, x)
	}
	return x, nil
}

// withHead returns body with the classifier put on it: outputs logits [N K].
func withHead(body *graph.Graph, h *head) (*graph.Graph, error) {
	g, err := graph.Prune(body, body.Outputs...)
	if err != nil {
		return nil, err
	}
	logits, err := h.add(g, g.Outputs[0])
	if err != nil {
		return nil, err
	}
	g.Outputs = []*graph.Value{logits}
	return g, nil
}

// headOnly returns the classifier alone, on an input of n rows of dim features.
func headOnly(h *head, n, dim int) (*graph.Graph, error) {
	g := graph.New()
	x := g.AddInput(featuresName, graph.Type{DType: graph.Float32, Shape: graph.Shape{n, dim}}, true)
	logits, err := h.add(g, x)
	if err != nil {
		return nil, err
	}
	g.Outputs = []*graph.Value{logits}
	return g, nil
}

// parameter is a trainable constant of a network.
type parameter struct {
	name  string
	node  *graph.Node
	index int // among the node's inputs
}

// parameters lists the constants that train, in graph order, each once: weights
// and biases of Conv and Gemm, scale and bias of BatchNorm.
func parameters(g *graph.Graph) []parameter {
	var ps []parameter
	seen := map[*graph.Value]bool{}
	for _, n := range g.Nodes {
		for _, i := range trainableInputs(n.Op) {
			if i >= len(n.In) {
				continue
			}
			if v := n.In[i]; v != nil && v.Kind == graph.Const && v.DType == graph.Float32 && !seen[v] {
				seen[v] = true
				ps = append(ps, parameter{v.Name, n, i})
			}
		}
	}
	return ps
}

func trainableInputs(op graph.Op) []int {
	switch op.(type) {
	case graph.Conv, graph.BatchNorm:
		return []int{1, 2}
	case graph.Gemm:
		return []int{0, 1, 2}
	}
	return nil
}

// countParams returns the number of elements of all trainable constants.
func countParams(g *graph.Graph) int64 {
	var n int64
	for _, p := range parameters(g) {
		n += int64(g.Value(p.name).Shape.Len())
	}
	return n
}

// withWeights returns g with the constants named in w replaced.
func withWeights(g *graph.Graph, w map[string]*graph.Tensor) (*graph.Graph, error) {
	c := graph.NewCopier()
	c.Leaves(g)
	for _, v := range c.Dst.Consts {
		if t := w[v.Name]; t != nil {
			if !t.Shape.Equal(v.Shape) || t.DType != v.DType {
				return nil, fmt.Errorf("%w: weight %v replaced by %v", fault.ErrShape, v, t.Type())
			}
			v.Data = t
		}
	}
	for _, n := range g.Nodes {
		if err := c.Node(n); err != nil {
			return nil, err
		}
	}
	return c.Finish(g)
}
