package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// poolByHand runs on 1..20 as [1 1 4 5] unless x is given. Averages with a ceiling
// are torch.nn.functional.avg_pool2d of PyTorch 2.15 (ceil_mode, count_include_pad).
var poolByHand = []struct {
	name string
	op   graph.Pool
	x    *graph.Tensor
	out  []int
	want []float32
}{
	{name: "odd width", op: graph.Pool{Window: graph.Window2D(3, 2, 1)},
		out: dims(2, 3), want: []float32{7, 9, 10, 17, 19, 20}},
	{name: "ceil", op: graph.Pool{Window: graph.Window2D(3, 2, 1), Ceil: true},
		out: dims(3, 3), want: []float32{7, 9, 10, 17, 19, 20, 17, 19, 20}},
	{name: "padding is not zero: all inputs negative", op: graph.Pool{Window: graph.Window2D(2, 2, 1)}, x: fill(-1, 1, 1, 2, 2),
		out: dims(2, 2), want: []float32{-1, -1, -1, -1}},
	{name: "dilation 2", op: graph.Pool{Window: window(dims(2, 2), dims(1, 1), dims(2, 2), dims(0, 0), dims(0, 0))},
		out: dims(2, 3), want: []float32{13, 14, 15, 18, 19, 20}},
	{name: "by hand", op: graph.Pool{Fn: graph.AveragePool, Window: graph.Window2D(2, 2, 0)},
		out: dims(2, 2), want: []float32{4, 6, 14, 16}},
	{name: "PyTorch ceil, padding counts", op: graph.Pool{Fn: graph.AveragePool, Window: graph.Window2D(3, 2, 1), Ceil: true, CountPad: true},
		out: dims(3, 3), want: []float32{1.7777778, 3.6666667, 3.1111112, 7.6666665, 13, 9.666667, 5.5, 9, 6.5}},
	{name: "PyTorch ceil, padding does not count", op: graph.Pool{Fn: graph.AveragePool, Window: graph.Window2D(3, 2, 1), Ceil: true},
		out: dims(3, 3), want: []float32{4, 5.5, 7, 11.5, 13, 14.5, 16.5, 18, 19.5}},
	{name: "PyTorch 3x2, ceil, padding counts", x: ramp(1, 1, 6, 6),
		op:  graph.Pool{Fn: graph.AveragePool, Window: window(dims(3, 2), dims(2, 2), dims(1, 1), dims(1, 0), dims(1, 0)), Ceil: true, CountPad: true},
		out: dims(4, 3), want: []float32{3, 4.3333335, 5.6666665, 13.5, 15.5, 17.5, 25.5, 27.5, 29.5, 15.75, 16.75, 17.75}},
	{name: "PyTorch 3x2, ceil, padding does not count", x: ramp(1, 1, 6, 6),
		op:  graph.Pool{Fn: graph.AveragePool, Window: window(dims(3, 2), dims(2, 2), dims(1, 1), dims(1, 0), dims(1, 0)), Ceil: true},
		out: dims(4, 3), want: []float32{4.5, 6.5, 8.5, 13.5, 15.5, 17.5, 25.5, 27.5, 29.5, 31.5, 33.5, 35.5}},
}

func poolCases() []Case {
	var cs []Case
	for _, c := range poolByHand {
		x := c.x
		if x == nil {
			x = ramp(1, 1, 4, 5)
		}
		cs = append(cs, Case{Name: c.name, Op: c.op, In: []*graph.Tensor{x}, Wrt: []int{0},
			Want: []*graph.Tensor{f32(append(dims(1, 1), c.out...), c.want...)}})
	}
	cs = append(cs, poolTies())
	for _, s := range [][]int{{2, 3, 4, 5}, {1, 17, 7, 7}, {2, 16, 1, 1}, {2, 3, 7}, {1, 2, 3, 4, 5}} {
		cs = append(cs, random(graph.Shape(s).String(), graph.GlobalAveragePool{}, []int{0}, s))
	}
	return append(cs, poolSweep()...)
}

// poolTies: of equal maxima the first takes the gradient: windows of 2, stride 1,
// on 5 5 1 / 5 5 1 reach element 0 and element 1.
func poolTies() Case {
	return Case{Name: "ties", Op: graph.PoolGrad{Pool: graph.Pool{Window: graph.Window2D(2, 1, 0)}},
		In:   []*graph.Tensor{f32(dims(1, 1, 2, 3), 5, 5, 1, 5, 5, 1), f32(dims(1, 1, 1, 2), 5, 5), f32(dims(1, 1, 1, 2), 2, 3)},
		Want: []*graph.Tensor{f32(dims(1, 1, 2, 3), 2, 3, 0, 0, 0, 0)}}
}

// poolSweep returns combinations of attributes. Inputs are shifted below zero so
// that a padding of zeros would win every maximum.
func poolSweep() []Case {
	windows := []graph.Window{
		graph.Window2D(2, 2, 0), graph.Window2D(3, 2, 1), graph.Window2D(3, 1, 1), graph.Window2D(3, 3, 0), graph.Window2D(2, 1, 0),
		window(dims(3, 3), dims(2, 2), dims(1, 1), dims(0, 0), dims(1, 1)),
		window(dims(3, 2), dims(2, 3), dims(1, 1), dims(1, 0), dims(0, 1)),
		window(dims(2, 3), dims(1, 2), dims(2, 1), dims(0, 1), dims(0, 1)),
		window(dims(3), dims(2), dims(1), dims(1), dims(1)),
		window(dims(2, 2, 3), dims(2, 1, 2), dims(1, 1, 1), dims(0, 0, 1), dims(0, 1, 1)),
	}
	var cs []Case
	for _, w := range windows {
		for _, fn := range []graph.PoolFn{graph.MaxPool, graph.AveragePool} {
			for mask := range 4 {
				op := graph.Pool{Fn: fn, Window: w, Ceil: mask&1 != 0, CountPad: mask&2 != 0}
				if fn == graph.MaxPool && op.CountPad {
					continue
				}
				for _, c := range []int{3, 16} {
					x := append(dims(2, c), dims(6, 7, 5)[:len(w.Kernel)]...)
					k := random(fmt.Sprintf("%v of %v ceil %v count %v", w, graph.Shape(x), op.Ceil, op.CountPad), op, []int{0}, x)
					for i := range k.In[0].F32 {
						k.In[0].F32[i] -= 3
					}
					cs = append(cs, k)
				}
			}
		}
	}
	return cs
}
