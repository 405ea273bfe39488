package conformance

import "github.com/gotl-gpu/gotl-gpu/graph"

// The edges of all functions; values and slopes are those of PyTorch 2.15 (relu,
// hardtanh, leaky_relu, sigmoid, tanh, hardsigmoid, hardswish, exp).
var edges = []float32{-4, -3, -1, 0, 1, 3, 4}

var actTable = []struct {
	act         graph.Act
	want, slope []float32
}{{
	act:   graph.Act{Fn: graph.Relu},
	want:  []float32{0, 0, 0, 0, 1, 3, 4},
	slope: []float32{0, 0, 0, 0, 1, 1, 1},
}, {
	act:   graph.Act{Fn: graph.Clip, Alpha: -1, Beta: 3},
	want:  []float32{-1, -1, -1, 0, 1, 3, 3},
	slope: []float32{0, 0, 0, 1, 1, 0, 0},
}, {
	act:   graph.Act{Fn: graph.LeakyRelu, Alpha: 0.1},
	want:  []float32{-0.4, -0.3, -0.1, 0, 1, 3, 4},
	slope: []float32{0.1, 0.1, 0.1, 0.1, 1, 1, 1},
}, {
	act:   graph.Act{Fn: graph.Sigmoid},
	want:  []float32{0.01798621, 0.047425874, 0.26894143, 0.5, 0.7310586, 0.95257413, 0.98201376},
	slope: []float32{0.017662706, 0.045176659, 0.19661194, 0.25, 0.19661193, 0.045176655, 0.017662734},
}, {
	act:   graph.Act{Fn: graph.Tanh},
	want:  []float32{-0.99932933, -0.99505478, -0.76159418, 0, 0.76159418, 0.99505478, 0.99932933},
	slope: []float32{0.0013408931, 0.0098659815, 0.4199743, 1, 0.4199743, 0.0098659815, 0.0013408931},
}, {
	act:   graph.Act{Fn: graph.HardSigmoid, Alpha: 1. / 6, Beta: 0.5},
	want:  []float32{0, 0, 0.33333334, 0.5, 0.66666669, 1, 1},
	slope: []float32{0, 0, 1. / 6, 1. / 6, 1. / 6, 0, 0},
}, {
	act:   graph.Act{Fn: graph.Exp},
	want:  []float32{0.018315639, 0.049787067, 0.36787945, 1, 2.7182817, 20.085537, 54.59815},
	slope: []float32{0.018315639, 0.049787067, 0.36787945, 1, 2.7182817, 20.085537, 54.59815},
}, {
	act:   graph.Act{Fn: graph.HardSwish},
	want:  []float32{0, 0, -0.33333334, 0, 0.66666669, 3, 4},
	slope: []float32{0, 0, 0.16666666, 0.5, 0.83333337, 1, 1},
}}

func actCases() []Case {
	var cs []Case
	for _, r := range actTable {
		x := f32(dims(7), edges...)
		cs = append(cs, Case{Name: "edges", Op: r.act, In: []*graph.Tensor{x}, Want: []*graph.Tensor{f32(dims(7), r.want...)}})
		arg := x
		if r.act.Fn.FromResult() {
			arg = f32(dims(7), r.want...)
		}
		cs = append(cs, Case{Name: "edges", Op: graph.ActGrad{Act: r.act}, In: []*graph.Tensor{arg, fill(2, 7)},
			Want: []*graph.Tensor{times(f32(dims(7), r.slope...), 2)}, Tol: Tol{Abs: 1e-6, Elem: 1e-5}})
		for _, s := range [][]int{{3}, {2, 5}, {2, 3, 4}, {2, 17, 3, 5}, {1, 3, 2, 3, 2}} {
			cs = append(cs, spreadOut(random(graph.Shape(s).String(), r.act, []int{0}, s)))
		}
	}
	return append(append(cs, actLimits()...), logCases()...)
}

// actLimits holds unusual attributes and far arguments. The exponentials saturate: 1/(1+e^100) < 4e-44.
func actLimits() []Case {
	falling := spreadOut(random("negative slope", graph.Act{Fn: graph.LeakyRelu, Alpha: -0.5}, []int{0}, dims(2, 5)))
	x := f32(dims(6), -1000, -100, -88, 88, 100, 1000)
	return []Case{
		falling,
		{Name: "saturation", Op: graph.Act{Fn: graph.Sigmoid}, In: []*graph.Tensor{x}, Want: []*graph.Tensor{f32(dims(6), 0, 0, 0, 1, 1, 1)}},
		{Name: "saturation", Op: graph.Act{Fn: graph.Tanh}, In: []*graph.Tensor{x}, Want: []*graph.Tensor{f32(dims(6), -1, -1, -1, 1, 1, 1)}},
		{Name: "relu6", Op: graph.Act{Fn: graph.Clip, Beta: 6}, In: []*graph.Tensor{f32(dims(5), -1, 0, 5.5, 6, 7)},
			Want: []*graph.Tensor{f32(dims(5), 0, 0, 5.5, 6, 6)}},
		{Name: "default of ONNX 0.2 0.5", Op: graph.Act{Fn: graph.HardSigmoid, Alpha: 0.2, Beta: 0.5},
			In: []*graph.Tensor{f32(dims(5), -3, -2.5, 1, 2.5, 3)}, Want: []*graph.Tensor{f32(dims(5), 0, 0, 0.7, 1, 1)}},
	}
}

// logCases: powers of e and two by hand, far below 1 too; every layout's padding.
func logCases() []Case {
	log := graph.Act{Fn: graph.Log}
	x := f32(dims(6), 1e-30, 0.5, 1, 2, 2.7182817, 1e30)
	cs := []Case{
		{Name: "by hand", Op: log, In: []*graph.Tensor{x}, Want: []*graph.Tensor{f32(dims(6), -69.07755, -0.6931472, 0, 0.6931472, 1, 69.07755)}},
		{Name: "by hand", Op: graph.ActGrad{Act: log}, In: []*graph.Tensor{f32(dims(3), 0.5, 2, -4), fill(2, 3)}, Want: []*graph.Tensor{f32(dims(3), 4, 1, -0.5)}},
	}
	for _, s := range [][]int{{3}, {2, 5}, {2, 17, 3, 5}} {
		c := random(graph.Shape(s).String(), log, []int{0}, s)
		for i, v := range c.In[0].F32 {
			c.In[0].F32[i] = 0.5 + v*v
		}
		cs = append(cs, c)
	}
	return cs
}

// spreadOut widens the inputs so that all pieces of a function are met and keeps
// them away from its corners, where a difference quotient means nothing.
func spreadOut(c Case) Case {
	for i, v := range c.In[0].F32 {
		v *= 3
		for _, e := range edges {
			if d := v - e; d > -0.01 && d < 0.01 {
				v = e + 0.02
			}
		}
		c.In[0].F32[i] = v
	}
	return c
}

// times returns k·t.
func times(t *graph.Tensor, k float32) *graph.Tensor {
	t = t.Clone()
	for i := range t.F32 {
		t.F32[i] *= k
	}
	return t
}
