package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

var fusedActs = []graph.Act{
	{}, {Fn: graph.Relu}, {Fn: graph.Clip, Alpha: 0, Beta: 6}, {Fn: graph.Clip, Alpha: -1, Beta: 1}, {Fn: graph.LeakyRelu, Alpha: 0.1},
	{Fn: graph.Sigmoid}, {Fn: graph.Tanh}, {Fn: graph.HardSigmoid, Alpha: 1. / 6, Beta: 0.5}, {Fn: graph.HardSwish},
}

// Layers that frozen networks have most of: 3x3, pointwise, depthwise, strided,
// grouped with odd channels, 1-D.
var fusedLayers = []convCase{
	{dims(2, 3, 6, 5), 17, 1, graph.Window2D(3, 1, 1), false},
	{dims(2, 16, 4, 4), 32, 1, graph.Window2D(1, 1, 0), false},
	{dims(2, 16, 7, 7), 16, 16, graph.Window2D(3, 2, 1), false},
	{dims(1, 6, 5, 5), 9, 3, graph.Window2D(3, 1, 0), false},
	{dims(2, 3, 9), 4, 1, window(dims(3), dims(1), dims(1), dims(1), dims(1)), false},
}

// fusedConvCases holds every activation with and without bias and residual.
func fusedConvCases() []Case {
	cs := []Case{fusedByHand()}
	for _, l := range fusedLayers {
		for _, a := range fusedActs {
			for mask := range 4 {
				cs = append(cs, fusedCase(l, a, mask&1 != 0, mask&2 != 0))
			}
		}
	}
	return cs
}

func fusedCase(l convCase, a graph.Act, bias, residual bool) Case {
	l.bias = bias
	op, shapes := l.op(), l.shapes()
	name := fmt.Sprintf("%s %v %g %g", l.name(), a.Fn, a.Alpha, a.Beta)
	if residual {
		out, _ := l.w.Out(l.x[2:], false)
		if !bias {
			shapes = append(shapes, nil)
		}
		shapes = append(shapes, append(dims(l.x[0], l.k), out...))
		name += " residual"
	}
	return params(random(name, graph.FusedConv{Conv: op, Act: a}, nil, shapes...))
}

// relu(1·x + 1 + r) of x = -3 0 2, r = 1 -2 4.
func fusedByHand() Case {
	return params(Case{
		Name: "by hand",
		Op:   graph.FusedConv{Conv: graph.Conv{Window: graph.Window2D(1, 1, 0), Groups: 1}, Act: graph.Act{Fn: graph.Relu}},
		In:   []*graph.Tensor{f32(dims(1, 1, 1, 3), -3, 0, 2), fill(1, 1, 1, 1, 1), fill(1, 1), f32(dims(1, 1, 1, 3), 1, -2, 4)},
		Want: []*graph.Tensor{f32(dims(1, 1, 1, 3), 0, 0, 7)},
	})
}
