package zoo

import (
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

// Weight describes one constant that a network needs: what a Source may draw it
// from, or check a file against.
type Weight struct {
	Name     string // "layer1.0.conv1.weight"
	Shape    graph.Shape
	SD       float64 // standard deviation of its initial value
	Constant float32 // initial value if SD is 0
}

// Source gives the content of a constant; its shape must be w.Shape.
type Source func(w Weight) (graph.Data, error)

// Random draws weights: convolutions N(0, 2/(k²·out/groups)), the last linear layer
// N(0, .01²), biases 0, norms 1, 0 with mean 0 and variance 1. Each tensor has a
// stream of its own, so a name and a seed fix its content.
func Random(seed uint64) Source {
	return func(w Weight) (graph.Data, error) {
		t := graph.NewTensor(graph.Float32, w.Shape...)
		s := philox.New(seed, 0, 0, "init:"+w.Name)
		for i := range t.F32 {
			t.F32[i] = w.Constant
			if w.SD > 0 {
				t.F32[i] = float32(w.SD * s.Normal(uint32(i)))
			}
		}
		return t, nil
	}
}

// convSD is the standard deviation of a convolution's initial weight.
func convSD(window, out, groups int) float64 { return math.Sqrt(2 / float64(window*(out/groups))) }

// linearSD is that of a classifier.
const linearSD = .01
