package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// optimCases starts at w = 0.5 -1 2, g = 0.1 0.2 -0.3, all moments zero: the first
// steps of torch.optim of PyTorch 2.15 with lr 0.1, momentum 0.9, weight_decay 0.01
// (SGD) and lr 0.01, weight_decay 0.1 (Adam, AdamW); moments by hand. Three steps
// are checked by the program "PyTorch optimisers".
func optimCases() []Case {
	w, g, zero, one := f32(dims(3), 0.5, -1, 2), f32(dims(3), 0.1, 0.2, -0.3), fill(0, 3), fill(1, 1)
	rate := f32(dims(2), 0.1, 0.9)
	hyper := f32(dims(5), 0.01, 0.9, 0.999, 10, 31.622777) // 1/(1−0.9), 1/√(1−0.999)
	v := f32(dims(3), 0.105, 0.19, -0.28)
	tiny := Tol{Elem: 1e-4} // (1−0.999) in float32
	cs := []Case{
		{Name: "PyTorch", Op: graph.SGD{Decay: 0.01}, In: []*graph.Tensor{rate, one, w, g, zero},
			Want: []*graph.Tensor{f32(dims(3), 0.4895, -1.019, 2.028), v}},
		{Name: "PyTorch Nesterov", Op: graph.SGD{Nesterov: true, Decay: 0.01}, In: []*graph.Tensor{rate, one, w, g, zero},
			Want: []*graph.Tensor{f32(dims(3), 0.48005, -1.0361, 2.0532), v}},
		{Name: "PyTorch", Op: graph.Adam{Decay: 0.1, Eps: 1e-8}, In: []*graph.Tensor{hyper, one, w, g, zero, zero}, Tol: tiny,
			Want: []*graph.Tensor{f32(dims(3), 0.49, -1.01, 2.01), f32(dims(3), 0.015, 0.01, -0.01), f32(dims(3), 2.25e-5, 1e-5, 1e-5)}},
		{Name: "PyTorch", Op: graph.Adam{Decoupled: true, Decay: 0.1, Eps: 1e-8}, In: []*graph.Tensor{hyper, one, w, g, zero, zero}, Tol: tiny,
			Want: []*graph.Tensor{f32(dims(3), 0.4895, -1.009, 2.008), f32(dims(3), 0.01, 0.02, -0.03), f32(dims(3), 1e-5, 4e-5, 9e-5)}},
		{Name: "3 4 is 5", Op: graph.GlobalNorm{}, In: []*graph.Tensor{f32(dims(2), 3, 0), f32(dims(1, 1), -4)},
			Want: []*graph.Tensor{fill(5, 1)}},
		{Name: "above", Op: graph.ClipFactor{Max: 1}, In: []*graph.Tensor{fill(5, 1)}, Want: []*graph.Tensor{fill(1/5.000001, 1)}},
		{Name: "below", Op: graph.ClipFactor{Max: 10}, In: []*graph.Tensor{fill(5, 1)}, Want: []*graph.Tensor{fill(1, 1)}},
		{Name: "zero", Op: graph.ClipFactor{Max: 1}, In: []*graph.Tensor{fill(0, 1)}, Want: []*graph.Tensor{fill(1, 1)}},
		{Name: "by hand", Op: graph.EMA{}, In: []*graph.Tensor{fill(0.9, 1), f32(dims(2), 1, -1), f32(dims(2), 2, 0)},
			Want: []*graph.Tensor{f32(dims(2), 1.1, -0.9)}},
	}
	return append(cs, optimRandom()...)
}

// optimShapes are the tensors of a group: their lists must not be mixed up.
var optimShapes = [][]int{{5, 3}, {17}, {2, 3, 3, 3}}

// optimRandom runs whole groups with clipped gradients.
func optimRandom() []Case {
	var cs []Case
	for _, o := range []struct {
		op          graph.Op
		hyper       *graph.Tensor
		lists, root int // lists of tensors; from which on they are squares
	}{
		{graph.SGD{}, f32(dims(2), 0.05, 0), 3, 3},
		{graph.SGD{Decay: 1e-2}, f32(dims(2), 0.05, 0.9), 3, 3},
		{graph.SGD{Nesterov: true, Decay: 1e-2}, f32(dims(2), 0.05, 0.9), 3, 3},
		{graph.Adam{Eps: 1e-8}, f32(dims(5), 0.01, 0.9, 0.999, 2, 5), 4, 3},
		{graph.Adam{Decay: 0.05, Eps: 1e-6}, f32(dims(5), 0.01, 0.9, 0.999, 2, 5), 4, 3},
		{graph.Adam{Decoupled: true, Decay: 0.05, Eps: 1e-8}, f32(dims(5), 0.01, 0.8, 0.99, 1, 1), 4, 3},
	} {
		name := fmt.Sprintf("group %+v", o.op)
		c := Case{Name: name, Op: o.op, In: []*graph.Tensor{o.hyper, fill(0.5, 1)}}
		for l := range o.lists {
			for i, s := range optimShapes {
				t := Normal(fmt.Sprint(name, l, i), s...)
				for k, v := range t.F32 {
					if l >= o.root {
						t.F32[k] = v*v + 0.01
					}
				}
				c.In = append(c.In, t)
			}
		}
		cs = append(cs, c)
	}
	shapes := append(append([][]int{}, optimShapes...), optimShapes...)
	cs = append(cs, random("group", graph.GlobalNorm{}, nil, shapes...))
	e := random("group", graph.EMA{}, nil, shapes...)
	e.In = append([]*graph.Tensor{fill(0.99, 1)}, e.In...)
	return append(cs, e)
}
