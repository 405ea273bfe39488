package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

func reduceCases() []Case {
	x := []*graph.Tensor{ramp(2, 3)} // rows 1 2 3 and 4 5 6
	cs := []Case{
		{Name: "by hand", Op: graph.Reduce{Fn: graph.Sum, Axes: []int{1}}, In: x, Want: []*graph.Tensor{f32(dims(2), 6, 15)}},
		{Name: "by hand all", Op: graph.Reduce{Fn: graph.Sum}, In: x, Want: []*graph.Tensor{f32(dims(), 21)}},
		{Name: "by hand", Op: graph.Reduce{Fn: graph.Mean, Axes: []int{-2}, Keep: true}, In: x, Want: []*graph.Tensor{f32(dims(1, 3), 2.5, 3.5, 4.5)}},
	}
	for _, r := range []struct{ x, axes []int }{
		{dims(5), nil}, {dims(2, 3, 4, 5), nil}, {dims(2, 3, 4, 5), dims(2, 3)}, {dims(2, 17, 3, 3), dims(0, 2, 3)},
		{dims(2, 3, 4, 5), dims(1)}, {dims(2, 3, 4, 5), dims(-1)}, {dims(2, 3, 4, 5), dims(0)}, {dims(2, 3, 4, 5), dims(3, 1)},
		{dims(6, 7), dims(0)}, {dims(2, 3, 4), dims(1, 2)}, {dims(2, 3, 2, 2, 3), dims(2, 3, 4)}, {dims(2, 1, 3), dims(1)},
	} {
		for mask := range 4 {
			op := graph.Reduce{Axes: r.axes, Keep: mask&1 != 0}
			if mask&2 != 0 {
				op.Fn = graph.Mean
			}
			cs = append(cs, random(fmt.Sprintf("%v over %v keep %v", graph.Shape(r.x), r.axes, op.Keep), op, []int{0}, r.x))
		}
	}
	return cs
}
