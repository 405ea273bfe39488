package anatomy

import "github.com/gotl-gpu/gotl-gpu/graph"

// MACs returns the multiply-adds of n for the whole batch. Only convolutions and
// matrix products count; the rest is small beside them.
func MACs(n *graph.Node) int64 {
	switch op := n.Op.(type) {
	case graph.Conv:
		return convMACs(n)
	case graph.FusedConv:
		return convMACs(n)
	case graph.Gemm:
		k := n.In[0].Shape[1]
		if op.TransA {
			k = n.In[0].Shape[0]
		}
		return int64(n.Out[0].Shape.Len()) * int64(k)
	}
	return 0
}

func convMACs(n *graph.Node) int64 {
	return int64(n.Out[0].Shape.Len()) * int64(n.In[1].Shape[1:].Len())
}

// TotalMACs returns the multiply-adds of all nodes.
func TotalMACs(g *graph.Graph) int64 {
	var sum int64
	for _, n := range g.Nodes {
		sum += MACs(n)
	}
	return sum
}

// Params returns the elements of the floating-point constants and states that
// nodes read as weights: of Conv, Gemm and BatchNorm.
func Params(nodes []*graph.Node) int64 {
	var t tally
	for _, n := range nodes {
		t.add(n)
	}
	return t.params
}

// Weights returns the constants and states among n's inputs that are parameters
// or statistics of a layer.
func Weights(n *graph.Node) []*graph.Value {
	if !layer(n) {
		return nil
	}
	var w []*graph.Value
	for _, v := range n.In {
		if v != nil && v.DType.IsFloat() && (v.Kind == graph.Const || v.Kind == graph.State) {
			w = append(w, v)
		}
	}
	return w
}

// layer reports whether n is of a kind that has parameters.
func layer(n *graph.Node) bool {
	switch n.Op.(type) {
	case graph.BatchNorm, graph.BatchNormTrain:
		return true
	}
	return mixing(n)
}

// mixing reports whether n is a convolution or a matrix product.
func mixing(n *graph.Node) bool {
	switch n.Op.(type) {
	case graph.Conv, graph.FusedConv, graph.Gemm:
		return true
	}
	return false
}
