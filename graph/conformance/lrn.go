package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// x = 1..6 over channels, alpha 0.5, beta 0.75, bias 1, dy of ones, in PyTorch 2.15
// (torch.nn.functional.local_response_norm). PyTorch's even windows lean to lower
// channels, ONNX's to higher ones: for size 4 the channels were reversed before
// and behind it.
var lrnTable = []struct {
	size  int
	y, dx []float32
}{
	{3, []float32{0.63470066, 0.81072015, 0.79925185, 0.74908727, 0.69706756, 0.98221952},
		[]float32{0.48734653, 0.042144567, -0.078950226, -0.080392554, -0.13384864, -0.043822318}},
	{4, []float32{0.46827447, 0.6215983, 0.64586979, 0.63027716, 0.84961724, 1.1921529},
		[]float32{0.41180992, 0.16661823, -0.03115429, -0.10328478, -0.16304211, -0.10711122}},
	{5, []float32{0.51861078, 0.70710677, 0.73694694, 0.71131176, 0.91678303, 1.1844366},
		[]float32{0.44267464, 0.18034175, -0.057142675, -0.17792685, -0.12875435, -0.075088277}},
}

func lrnCases() []Case {
	var cs []Case
	for _, r := range lrnTable {
		op := graph.LRN{Size: r.size, Alpha: 0.5, Beta: 0.75, Bias: 1}
		x, y := ramp(1, 6, 1, 1), f32(dims(1, 6, 1, 1), r.y...)
		name := fmt.Sprint("PyTorch size ", r.size)
		cs = append(cs,
			Case{Name: name, Op: op, In: []*graph.Tensor{x}, Want: []*graph.Tensor{y}, Tol: Tol{Elem: 2e-5}},
			Case{Name: name, Op: graph.LRNGrad{LRN: op}, In: []*graph.Tensor{x, y, fill(1, 1, 6, 1, 1)},
				Want: []*graph.Tensor{f32(dims(1, 6, 1, 1), r.dx...)}, Tol: Tol{Max: 2e-5}})
	}
	for size := 1; size <= 6; size++ {
		for _, s := range [][]int{{2, 3, 4, 4}, {1, 17, 2, 3}} {
			op := graph.LRN{Size: size, Alpha: 0.1, Beta: 0.75, Bias: 2}
			cs = append(cs, random(fmt.Sprint("size ", size, " ", graph.Shape(s)), op, []int{0}, s))
		}
	}
	// AlexNet's setting
	return append(cs, random("AlexNet", graph.LRN{Size: 5, Alpha: 1e-4, Beta: 0.75, Bias: 1}, []int{0}, dims(2, 16, 5, 5)))
}
