package transfer

import (
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

func isOptimiserState(name string) bool {
	return strings.HasPrefix(name, graph.OptPrefix) || strings.HasPrefix(name, graph.EMAPrefix)
}

// readState reads every state tensor of an executable into w, for a checkpoint.
// Tensors that w has are used again.
func readState(p *graph.Program, x graph.Executable, w weights) error {
	for _, v := range p.States {
		if w[v.Name] == nil {
			w[v.Name] = &graph.Tensor{}
		}
		if err := x.Read(v.Name, w[v.Name]); err != nil {
			return err
		}
	}
	return nil
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
