package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// The row 1 2 3 is e¹, e², e³ over their sum, as in ONNX's own example.
func softmaxCases() []Case {
	cs := []Case{{Name: "by hand", Op: graph.Softmax{Axis: 1}, In: []*graph.Tensor{f32(dims(2, 3), 1, 2, 3, -1, 0, 1000)},
		Want: []*graph.Tensor{f32(dims(2, 3), 0.09003057, 0.24472848, 0.66524094, 0, 0, 1)}},
		// Equal logits share alike, however large: light networks have 1e21.
		{Name: "equal and huge", Op: graph.Softmax{Axis: 1}, In: []*graph.Tensor{f32(dims(1, 4), 1e21, 1e21, 1e21, 1e21)},
			Want: []*graph.Tensor{f32(dims(1, 4), .25, .25, .25, .25)}}}
	for _, s := range [][]int{{7}, {3, 5}, {2, 1000}, {2, 3, 4}, {2, 3, 4, 5}} {
		for axis := -1; axis < len(s); axis++ {
			cs = append(cs, random(fmt.Sprint(graph.Shape(s), " axis ", axis), graph.Softmax{Axis: axis}, []int{0}, s))
		}
	}
	return cs
}
