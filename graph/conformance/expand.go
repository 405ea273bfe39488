package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

func expandCases() []Case {
	cs := []Case{{Name: "by hand", Op: graph.Expand{Shape: graph.Shape{2, 2, 3}}, In: []*graph.Tensor{f32(dims(2, 1), 1, 2)},
		Want: []*graph.Tensor{f32(dims(2, 2, 3), 1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2)}, Wrt: []int{0}}}
	for _, s := range []struct{ x, to []int }{
		{dims(1), dims(4, 5)}, {dims(2, 3, 1, 1), dims(2, 3, 4, 5)}, {dims(3, 1, 1), dims(2, 3, 4, 5)},
		{dims(2, 3, 1, 1), dims(0, 3, 2, 2)}, {dims(2, 3), dims(2, 3)}, {dims(2, 3, 4), dims(1, 1, 4)}, {dims(1, 17, 1, 3), dims(2, 17, 3, 3)},
	} {
		cs = append(cs, random(fmt.Sprint(graph.Shape(s.x), " to ", graph.Shape(s.to)), graph.Expand{Shape: s.to}, []int{0}, s.x))
	}
	return cs
}
