package conformance

import "github.com/gotl-gpu/gotl-gpu/graph"

// integerCases run on shape arithmetic as exporters write it; all by hand. Most
// back ends leave them to constant folding and list "*/int64 *" as a skip.
func integerCases() []Case {
	a, b := i64(dims(3), 7, -7, 5), i64(dims(1), 2)
	in := []*graph.Tensor{a, b}
	row := i64(dims(2, 3), 1, 2, 3, 4, 5, 6)
	one := []*graph.Tensor{row}
	slice := graph.Slice{Axes: []int{1}, Start: []int{-1}, End: []int{-9}, Step: []int{-2}}
	cs := []Case{
		{Op: graph.Binary{Fn: graph.Add}, In: in, Want: in64(dims(3), 9, -5, 7)},
		{Op: graph.Binary{Fn: graph.Sub}, In: in, Want: in64(dims(3), 5, -9, 3)},
		{Op: graph.Binary{Fn: graph.Mul}, In: in, Want: in64(dims(3), 14, -14, 10)},
		{Op: graph.Binary{Fn: graph.Div}, In: in, Want: in64(dims(3), 3, -3, 2)},
		{Op: graph.Concat{Axis: 0}, In: in, Want: in64(dims(4), 7, -7, 5, 2)},
		{Op: graph.Transpose{Perm: []int{1, 0}}, In: one, Want: in64(dims(3, 2), 1, 4, 2, 5, 3, 6)},
		{Op: slice, In: one, Want: in64(dims(2, 2), 3, 1, 6, 4)},
		{Op: graph.Reshape{Shape: []int{-1, 2}}, In: one, Want: in64(dims(3, 2), 1, 2, 3, 4, 5, 6)},
		{Op: graph.Reduce{Fn: graph.Sum, Axes: []int{1}}, In: one, Want: in64(dims(2), 6, 15)},
		{Op: graph.Reduce{Fn: graph.Mean, Axes: []int{0}}, In: one, Want: in64(dims(3), 2, 3, 4)},
		{Op: graph.Expand{Shape: graph.Shape{2, 1}}, In: []*graph.Tensor{b}, Want: in64(dims(2, 1), 2, 2)},
		{Op: graph.Pad{Begin: []int{0, 1}, End: []int{0, -1}, Value: 9}, In: one, Want: in64(dims(2, 3), 9, 1, 2, 9, 4, 5)},
		{Op: graph.Act{Fn: graph.Relu}, In: []*graph.Tensor{a}, Want: in64(dims(3), 7, 0, 5)},
		{Op: graph.Act{Fn: graph.Clip, Alpha: -2, Beta: 6}, In: []*graph.Tensor{a}, Want: in64(dims(3), 6, -2, 5)},
		{Op: graph.Identity{}, In: []*graph.Tensor{i64(dims(1), 1<<62+1)}, Want: in64(dims(1), 1<<62+1)},
	}
	for i := range cs {
		cs[i].Name = "int64 by hand"
	}
	return cs
}

func in64(shape []int, x ...int64) []*graph.Tensor { return []*graph.Tensor{i64(shape, x...)} }
