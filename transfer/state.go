package transfer

import (
	"slices"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/transfer/checkpoint"
)

func isOptimiserState(name string) bool {
	return strings.HasPrefix(name, graph.OptPrefix) || strings.HasPrefix(name, graph.EMAPrefix)
}

// stateTensors are the state of an executable for a checkpoint, read when they are
// written, one after the other into the same memory.
func stateTensors(p *graph.Program, x graph.Executable) []checkpoint.Tensor {
	var out []checkpoint.Tensor
	var t graph.Tensor
	states := slices.SortedFunc(slices.Values(p.States), func(a, b *graph.Value) int { return strings.Compare(a.Name, b.Name) })
	for _, v := range states {
		read := func() ([]float32, error) {
			err := x.Read(v.Name, &t)
			return t.F32, err
		}
		out = append(out, checkpoint.Tensor{Name: currentPrefix + v.Name, Shape: v.Shape, Data: checkpoint.Lazy(read)})
	}
	return out
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
