package anatomy

import (
	"fmt"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Head is where a network's own classifier sits, or where one can be attached.
type Head struct {
	Features   *graph.Value   // what the classifier reads; a new head is attached here
	Classifier *graph.Node    // Gemm or Conv; nil: the network ends in features
	Logits     *graph.Value   // per class and row, before any Softmax; nil without classifier
	Classes    int            // 0 without classifier
	Outputs    []*graph.Value // outputs of the graph that come from this head
	Nodes      []*graph.Node  // everything behind Features, in order
}

// Spatial reports whether the features are images [N C H W], to be averaged.
func (h *Head) Spatial() bool { return h.Features.Shape.Rank() > 2 }

// Width returns the number of features per row after averaging.
func (h *Head) Width() int {
	if h.Features.Shape.Rank() < 2 {
		return 1
	}
	return h.Features.Shape[1]
}

// FindHead walks back from each output through what does not mix features
// (Softmax, Flatten, Reshape, Identity, Dropout, global average and a Relu before
// it) to the first Gemm or Conv with as many channels as the output has classes.
// If there is none, the first output is taken as features.
//
// node, if not empty, names the classifier or the node whose result is to be the
// features. Errors: fault.ErrUsage for an unknown name, fault.ErrNoHead if nothing
// can carry a head.
func FindHead(g *graph.Graph, node string) (*Head, error) {
	if node != "" {
		return namedHead(g, node)
	}
	for _, out := range g.Outputs {
		if c := classifier(out); c != nil {
			return newHead(g, c, features(c.In[0]))
		}
	}
	for _, out := range g.Outputs {
		if attachable(out) {
			return newHead(g, nil, out)
		}
	}
	return nil, fmt.Errorf("%w: no output is [N features] or [N C H W]", fault.ErrNoHead)
}

// namedHead takes the node that the user names.
func namedHead(g *graph.Graph, name string) (*Head, error) {
	n := g.Node(name)
	if n == nil {
		if v := g.Value(name); v != nil {
			n = v.From
		}
	}
	if n == nil {
		return nil, fmt.Errorf("%w: no node is called %q", fault.ErrUsage, name)
	}
	for _, out := range g.Outputs {
		if classifier(out) == n {
			return newHead(g, n, features(n.In[0]))
		}
	}
	if !attachable(n.Out[0]) {
		return nil, fmt.Errorf("%w: the result of %v is %v, want [N features] or [N C H W]", fault.ErrNoHead, n, n.Out[0].Shape)
	}
	return newHead(g, nil, n.Out[0])
}

// classifier returns the node that makes out's classes, or nil.
func classifier(out *graph.Value) *graph.Node {
	if out.Shape.Rank() < 2 {
		return nil
	}
	classes := out.Shape[1:].Len()
	pooled := false
	for v := out; v.From != nil; {
		n := v.From
		v = n.In[0]
		switch op := n.Op.(type) {
		case graph.Gemm:
			return classesOf(n, n.Out[0].Shape[1], classes)
		case graph.Conv:
			return classesOf(n, n.Out[0].Shape[1], classes)
		case graph.Softmax, graph.Flatten, graph.Reshape, graph.Identity, graph.Dropout:
		case graph.Act:
			if op.Fn != graph.Relu || !pooled {
				return nil
			}
		case graph.Binary: // bias of a MatMul
			bias := n.In[1]
			if v.Kind == graph.Const {
				v, bias = bias, v
			}
			if op.Fn != graph.Add || bias.Kind != graph.Const || bias.Shape.Len() != classes {
				return nil
			}
		default:
			if !averages(n) {
				return nil
			}
			pooled = true
		}
	}
	return nil
}

// classesOf returns n if it is a layer of its own weights with the wanted channels.
func classesOf(n *graph.Node, channels, classes int) *graph.Node {
	if channels != classes || n.In[1].Kind == graph.Computed || n.In[1].Kind == graph.Input {
		return nil
	}
	return n
}

// averages reports whether n averages over the whole picture.
func averages(n *graph.Node) bool {
	switch op := n.Op.(type) {
	case graph.GlobalAveragePool:
		return true
	case graph.Pool:
		return op.Fn == graph.AveragePool && n.Out[0].Shape[2:].Len() == 1
	case graph.Reduce:
		rank := n.In[0].Shape.Rank()
		over, err := op.Over(rank)
		return err == nil && op.Fn == graph.Mean && rank > 2 && slices.Equal(over, spatialAxes(rank))
	}
	return false
}

func spatialAxes(rank int) []int {
	var a []int
	for i := 2; i < rank; i++ {
		a = append(a, i)
	}
	return a
}

// features steps back over Dropout and Identity, which belong to the old head.
func features(v *graph.Value) *graph.Value {
	for v.From != nil {
		switch v.From.Op.(type) {
		case graph.Dropout, graph.Identity:
			v = v.From.In[0]
		default:
			return v
		}
	}
	return v
}

func attachable(v *graph.Value) bool {
	return v.Kind == graph.Computed && v.DType == graph.Float32 && (v.Shape.Rank() == 2 || v.Shape.Rank() == 4)
}

// newHead fills in what follows from features and classifier.
func newHead(g *graph.Graph, c *graph.Node, features *graph.Value) (*Head, error) {
	if !attachable(features) {
		return nil, fmt.Errorf("%w: features %v, want f32[N features] or f32[N C H W]", fault.ErrNoHead, features)
	}
	h := &Head{Features: features, Classifier: c}
	if c != nil {
		h.Classes, h.Logits = c.Out[0].Shape[1], c.Out[0]
	}
	behind := map[*graph.Value]bool{features: true}
	for _, n := range g.Nodes {
		if slices.ContainsFunc(n.In, func(v *graph.Value) bool { return v != nil && behind[v] }) {
			h.Nodes = append(h.Nodes, n)
			for _, v := range n.Out {
				behind[v] = true
			}
		}
	}
	for _, out := range g.Outputs {
		if behind[out] {
			h.Outputs = append(h.Outputs, out)
		}
	}
	if c != nil {
		h.Logits = rowsOf(h)
	}
	return h, nil
}

// rowsOf returns the last value of the head before Softmax that is [N classes],
// the classifier's own result if there is none.
func rowsOf(h *Head) *graph.Value {
	logits := h.Classifier.Out[0]
	for _, n := range h.Nodes {
		if _, ok := n.Op.(graph.Softmax); ok {
			break
		}
		if v := n.Out[0]; v.Shape.Rank() == 2 && v.Shape[1] == h.Classes {
			logits = v
		}
	}
	return logits
}
