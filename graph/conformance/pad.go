package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// padCases by hand on the rows 1 2 3 and 4 5 6.
func padCases() []Case {
	x := []*graph.Tensor{ramp(2, 3)}
	cs := []Case{
		{Name: "constant", Op: graph.Pad{Begin: dims(1, 0), End: dims(0, 2), Value: 7}, In: x, Wrt: []int{0},
			Want: []*graph.Tensor{f32(dims(3, 5), 7, 7, 7, 7, 7, 1, 2, 3, 7, 7, 4, 5, 6, 7, 7)}},
		{Name: "negative", Op: graph.Pad{Begin: dims(0, -1), End: dims(-1, 1)}, In: x, Wrt: []int{0},
			Want: []*graph.Tensor{f32(dims(1, 3), 2, 3, 0)}},
		{Name: "reflect", Op: graph.Pad{Mode: graph.PadReflect, Begin: dims(1, 2), End: dims(0, 1)}, In: x,
			Want: []*graph.Tensor{f32(dims(3, 6), 6, 5, 4, 5, 6, 5, 3, 2, 1, 2, 3, 2, 6, 5, 4, 5, 6, 5)}},
		{Name: "edge", Op: graph.Pad{Mode: graph.PadEdge, Begin: dims(0, 2), End: dims(1, 1)}, In: x,
			Want: []*graph.Tensor{f32(dims(3, 6), 1, 1, 1, 2, 3, 3, 4, 4, 4, 5, 6, 6, 4, 4, 4, 5, 6, 6)}},
	}
	for _, p := range []struct{ b, e []int }{
		{dims(0, 0, 1, 1), dims(0, 0, 1, 1)}, {dims(0, 0, 0, 0), dims(0, 0, 1, 1)}, {dims(0, 1, 2, 0), dims(1, 0, 0, 3)},
		{dims(0, 0, -1, 2), dims(0, 0, 1, -1)}, {dims(0, -1, 0, 0), dims(0, 0, -2, 0)}, {dims(0, 0, 0, 0), dims(0, 0, 0, 0)},
		{dims(0, 2, 0, 0), dims(0, 11, 0, 0)}, // the zero channels of a ResNet shortcut
	} {
		op := graph.Pad{Begin: p.b, End: p.e, Value: -0.5}
		cs = append(cs, random(fmt.Sprint(graph.Shape(p.b), graph.Shape(p.e)), op, []int{0}, dims(2, 3, 4, 5)))
	}
	return cs
}
