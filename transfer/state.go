package transfer

import (
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

func isOptimiserState(name string) bool {
	return strings.HasPrefix(name, graph.OptPrefix) || strings.HasPrefix(name, graph.EMAPrefix)
}

// readState reads every state tensor of an executable, for a checkpoint.
func readState(p *graph.Program, x graph.Executable) (weights, error) {
	w := weights{}
	for _, v := range p.States {
		t := &graph.Tensor{}
		if err := x.Read(v.Name, t); err != nil {
			return nil, err
		}
		w[v.Name] = t
	}
	return w, nil
}

// bindAll binds every tensor of w that the program has as state.
func bindAll(p *graph.Program, x graph.Executable, w weights) error {
	for _, v := range p.States {
		if t := w[v.Name]; t != nil {
			if err := x.Bind(v.Name, t); err != nil {
				return err
			}
		}
	}
	return nil
}
