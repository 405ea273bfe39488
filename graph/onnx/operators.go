package onnx

import (
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

// Operators returns the operators that a model uses, sorted, those of functions
// and subgraphs included. Foreign ones carry their domain.
func Operators(data []byte) ([]string, error) {
	p := &pb.ModelProto{}
	if _, err := decode(data, p); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	collect(p.GetGraph().GetNode(), seen)
	for _, f := range p.GetFunctions() {
		collect(f.GetNode(), seen)
	}
	var ops []string
	for op := range seen {
		ops = append(ops, op)
	}
	slices.Sort(ops)
	return ops, nil
}

func collect(nodes []*pb.NodeProto, seen map[string]bool) {
	for _, n := range nodes {
		seen[opName(n)] = true
		for _, a := range n.GetAttribute() {
			collect(a.GetG().GetNode(), seen)
			for _, g := range a.GetGraphs() {
				collect(g.GetNode(), seen)
			}
		}
	}
}
