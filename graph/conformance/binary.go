package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// Shapes that broadcast, all ways networks use it.
var binaryShapes = []struct{ a, b []int }{
	{dims(5), dims(5)},
	{dims(2, 3, 4, 5), dims(2, 3, 4, 5)},
	{dims(2, 17, 3, 3), dims(2, 17, 3, 3)},
	{dims(2, 3, 4, 5), dims(1)},          // scalar
	{dims(2, 3, 4, 5), dims()},           // scalar of rank 0
	{dims(2, 3, 4, 5), dims(3, 1, 1)},    // per channel, lower rank
	{dims(2, 3, 4, 5), dims(1, 3, 1, 1)}, // per channel
	{dims(2, 3, 4, 5), dims(2, 3, 1, 1)}, // squeeze and excite
	{dims(2, 3, 4, 5), dims(2, 1, 4, 5)}, // spatial mask
	{dims(2, 3, 4, 5), dims(4, 5)},
	{dims(2, 3, 4, 5), dims(5)},
	{dims(2, 1, 1, 1), dims(2, 3, 4, 5)}, // the left one is spread
	{dims(1), dims(2, 3)},
	{dims(3, 1), dims(1, 4)}, // both are spread
	{dims(1, 3, 1, 2), dims(4, 1, 5, 1)},
	{dims(6, 7), dims(7)}, // bias of a linear layer
	{dims(6, 7), dims(6, 1)},
	{dims(2, 3, 2, 2, 3), dims(3, 1, 1, 1)},
}

func binaryCases() []Case {
	a, b := f32(dims(2, 2), 1, 2, 3, 4), f32(dims(2), 10, -4)
	in := []*graph.Tensor{a, b}
	cs := []Case{ // row by row by hand
		{Name: "by hand", Op: graph.Binary{Fn: graph.Add}, In: in, Want: []*graph.Tensor{f32(dims(2, 2), 11, -2, 13, 0)}},
		{Name: "by hand", Op: graph.Binary{Fn: graph.Sub}, In: in, Want: []*graph.Tensor{f32(dims(2, 2), -9, 6, -7, 8)}},
		{Name: "by hand", Op: graph.Binary{Fn: graph.Mul}, In: in, Want: []*graph.Tensor{f32(dims(2, 2), 10, -8, 30, -16)}},
		{Name: "by hand", Op: graph.Binary{Fn: graph.Div}, In: in, Want: []*graph.Tensor{f32(dims(2, 2), 0.1, -0.5, 0.3, -1)}},
	}
	for _, fn := range []graph.BinaryFn{graph.Add, graph.Sub, graph.Mul, graph.Div} {
		for _, s := range binaryShapes {
			c := random(fmt.Sprint(graph.Shape(s.a), graph.Shape(s.b)), graph.Binary{Fn: fn}, []int{0, 1}, s.a, s.b)
			if fn == graph.Div { // away from zero, either sign
				for i, v := range c.In[1].F32 {
					c.In[1].F32[i] = v + sign(v)
				}
			}
			cs = append(cs, c)
		}
	}
	return cs
}

func sign(x float32) float32 {
	if x < 0 {
		return -1
	}
	return 1
}
