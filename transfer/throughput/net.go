package throughput

import (
	"fmt"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/anatomy"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/gotl-gpu/gotl-gpu/graph/zoo"
)

// Net is a network and the places at which tasks cut it.
type Net struct {
	Name     string
	Graph    *graph.Graph
	Logits   *graph.Value // [N K], result of the linear layer
	Features *graph.Value // [N D], what it reads
	Boundary *graph.Value // what the last stage reads; nil: there is no such cut
}

// Reference lists the networks of the benchmark tables and their training batch.
func Reference() []string {
	return []string{"resnet18", "resnet50", "mobilenet_v2", "efficientnet_lite0"}
}

// DefaultBatch is the training batch of a network: 16 for deep bottleneck ResNets,
// else 32.
func DefaultBatch(name string) int {
	switch name {
	case "resnet50", "resnet101", "resnet152":
		return 16
	}
	return 32
}

// Zoo builds a network of graph/zoo with drawn weights.
func Zoo(name string, batch int) (*Net, error) {
	return zooAt(name, zoo.Options{Batch: batch, Seed: 1})
}

func zooAt(name string, o zoo.Options) (*Net, error) {
	g, err := zoo.Build(name, o)
	if err != nil {
		return nil, err
	}
	n, err := newNet(name, g)
	if err != nil {
		return nil, err
	}
	a, _ := zoo.Lookup(name)
	n.Boundary, err = entrance(n.Graph, a.LastStage)
	return n, err
}

// entrance returns the one computed value that the nodes of a scope read from before it.
func entrance(g *graph.Graph, scope string) (*graph.Value, error) {
	var found *graph.Value
	for _, n := range g.Nodes {
		if !strings.HasPrefix(n.Name, scope+".") {
			continue
		}
		for _, v := range n.In {
			if v == nil || v.Kind != graph.Computed || strings.HasPrefix(v.From.Name, scope+".") || v == found {
				continue
			}
			if found != nil {
				return nil, fmt.Errorf("%w: %s reads %q and %q", fault.ErrInternal, scope, found.Name, v.Name)
			}
			found = v
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%w: no scope %s", fault.ErrInternal, scope)
	}
	return found, nil
}

// Open reads an ONNX file. Its last stage is the last block that graph/anatomy finds.
func Open(path string, batch int) (*Net, error) {
	m, err := onnx.Read(path, onnx.Options{Batch: batch, Eval: ref.Evaluator{}})
	if err != nil {
		return nil, err
	}
	if _, err := m.Image(); err != nil {
		return nil, fault.New(fault.ErrModel, "not an image network", path, err.Error(), "gotl-gpu inspect "+path)
	}
	n, err := newNet(path, m.Graph)
	if err != nil {
		return nil, err
	}
	blocks := anatomy.Blocks(anatomy.Cuts(n.Graph, n.Features))
	if len(blocks) > 1 {
		n.Boundary = blocks[len(blocks)-2].Value
	}
	return n, nil
}

// newNet finds the classifier of g. One that is not a linear layer on rows is
// replaced as a job would: pooling and a new linear layer.
func newNet(name string, g *graph.Graph) (*Net, error) {
	h, err := anatomy.FindHead(g, "")
	if err != nil {
		return nil, fault.New(err, "no place for a classifier", name, err.Error(), "gotl-gpu inspect "+name+" --cuts")
	}
	if h.Classifier != nil && h.Features.Shape.Rank() == 2 && h.Logits == h.Classifier.Out[0] {
		return &Net{Name: name, Graph: g, Features: h.Features, Logits: h.Logits}, nil
	}
	return withLinear(name, g, h)
}

// withLinear puts a linear layer on h's features.
func withLinear(name string, g *graph.Graph, h *anatomy.Head) (*Net, error) {
	g, err := graph.Prune(g, h.Features)
	if err != nil {
		return nil, err
	}
	x := g.Outputs[0]
	if h.Spatial() {
		if x, err = g.Add1("head/pool", graph.GlobalAveragePool{}, x); err != nil {
			return nil, err
		}
		if x, err = g.Add1("head/flatten", graph.Flatten{Axis: 1}, x); err != nil {
			return nil, err
		}
	}
	k := max(2, h.Classes)
	w := g.AddConst("head/weight", graph.NewTensor(graph.Float32, k, x.Shape[1]))
	y, err := g.Add1("head/linear", graph.Linear, x, w, g.AddConst("head/bias", graph.NewTensor(graph.Float32, k)))
	if err != nil {
		return nil, err
	}
	g.Outputs = []*graph.Value{y}
	return &Net{Name: name, Graph: g, Features: x, Logits: y}, nil
}

// Rebatch returns the network for another batch size; weights are shared.
func (n *Net) Rebatch(batch int) (*Net, error) {
	g, err := graph.Rebatch(n.Graph, batch)
	if err != nil {
		return nil, err
	}
	m := &Net{Name: n.Name, Graph: g, Features: g.Value(n.Features.Name), Logits: g.Value(n.Logits.Name)}
	if n.Boundary != nil {
		m.Boundary = g.Value(n.Boundary.Name)
	}
	return m, nil
}
