package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

func concatCases() []Case {
	a, b := f32(dims(2, 1), 1, 2), f32(dims(2, 2), 3, 4, 5, 6)
	cs := []Case{
		{Name: "by hand", Op: graph.Concat{Axis: 1}, In: []*graph.Tensor{a, b},
			Want: []*graph.Tensor{f32(dims(2, 3), 1, 3, 4, 2, 5, 6)}, Wrt: []int{0, 1}},
		{Name: "by hand", Op: graph.Split{Axis: -1, Sizes: []int{1, 2}}, In: []*graph.Tensor{f32(dims(2, 3), 1, 3, 4, 2, 5, 6)},
			Want: []*graph.Tensor{a, b}, Wrt: []int{0}},
		random("one input", graph.Concat{Axis: 1}, []int{0}, dims(2, 3, 4, 4)),
		random("channels 3 5 16", graph.Concat{Axis: 1}, []int{0, 1, 2}, dims(2, 3, 3, 4), dims(2, 5, 3, 4), dims(2, 16, 3, 4)),
		random("channels 16 32", graph.Concat{Axis: 1}, []int{0, 1}, dims(2, 16, 3, 4), dims(2, 32, 3, 4)),
		random("some dropped from the loss", graph.Split{Axis: 1, Sizes: []int{2, 3, 1}}, []int{0}, dims(2, 6, 3)),
	}
	cs[len(cs)-1].Dy = []int{1}
	for axis := -4; axis < 4; axis++ {
		x, y := dims(2, 3, 4, 5), dims(2, 3, 4, 5)
		y[(axis+4)%4] = 2
		cs = append(cs,
			random(fmt.Sprint("axis ", axis), graph.Concat{Axis: axis}, []int{0, 1}, x, y),
			random(fmt.Sprint("axis ", axis), graph.Split{Axis: axis, Sizes: []int{1, x[(axis+4)%4] - 1}}, []int{0}, x))
	}
	return cs
}
