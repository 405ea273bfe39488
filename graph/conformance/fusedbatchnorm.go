package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

var normActs = []graph.Act{{}, {Fn: graph.Relu}, {Fn: graph.Clip, Beta: 6}, {Fn: graph.Clip, Alpha: 0.25, Beta: 1}}

// fusedBatchNormCases: channels that fill no block, one and several, planes from one
// place to above 32 floats, 1-D and 3-D, batches from one picture.
func fusedBatchNormCases() []Case {
	cs := fusedNormByHand()
	for i, s := range [][]int{{5, 3}, {6, 17}, {1, 1, 5, 5}, {2, 3, 7, 7}, {3, 16, 7, 7}, {4, 17, 3, 5}, {5, 40, 2, 2},
		{6, 16, 1, 1}, {1, 40, 7, 7}, {2, 3, 50}, {3, 5, 2, 3, 4}, {2, 32, 9, 11}, {3, 100, 3, 3}} {
		for k, a := range normActs {
			for _, residual := range []bool{false, true} {
				// every shape has all activations and residuals; gradients of each alone
				// are run for some only
				c := fusedNormTrain(s, a, residual)
				if (i+k)%2 == 0 {
					c.Wrt = c.Wrt[:1]
				}
				cs = append(cs, c, fusedNormGrad(s, a, residual, 0))
			}
		}
	}
	return append(cs, fusedNormOffset()...)
}

func normName(s []int, a graph.Act, residual bool) string {
	name := fmt.Sprintf("%v %v %g %g", graph.Shape(s), a.Fn, a.Alpha, a.Beta)
	if residual {
		name += " residual"
	}
	return name
}

func fusedNormTrain(s []int, a graph.Act, residual bool) Case {
	name, op := normName(s, a, residual), graph.FusedBatchNormTrain{Eps: 1e-5, Act: a}
	shapes, wrt := [][]int{s, dims(s[1]), dims(s[1])}, dims(0, 1, 2)
	if residual {
		shapes, wrt = append(shapes, s), dims(0, 1, 2, 3)
	}
	c := params(random(name, op, wrt, shapes...))
	c.Params, c.Dy, c.Tol = !residual, dims(0), Tol{Abs: 1e-6, Max: 2e-5}
	return c
}

// fusedNormGrad takes a result that has elements at both edges of the activation
// and statistics that belong to x, moved by offset.
func fusedNormGrad(s []int, a graph.Act, residual bool, offset float32) Case {
	name, op := normName(s, a, residual), graph.FusedBatchNormGrad{Eps: 1e-3, Act: a, Residual: residual}
	if offset != 0 {
		name += fmt.Sprintf(" offset %g", offset)
	}
	c := Case{Name: name, Op: op, Tol: Tol{Abs: 1e-6, Max: 2e-5}}
	x := moved(Normal(op.Kind()+name+"x", s...), offset)
	mean, variance := moments(x)
	c.In = []*graph.Tensor{x, Normal(op.Kind()+name+"scale", s[1]), mean, variance, Normal(op.Kind()+name+"dy", s...)}
	if a.Fn != graph.NoAct {
		y := Normal(op.Kind()+name+"y", s...)
		for i, v := range y.F32 {
			y.F32[i] = max(v, a.Alpha)
			if a.Fn == graph.Clip {
				y.F32[i] = min(max(v, a.Alpha), a.Beta)
			}
		}
		c.In = append(c.In, y)
	}
	return c
}

// fusedNormOffset has means a thousand deviations from zero: E[x²]−E[x]² would leave
// no digit. x itself is then rounded to 6e-5 deviations.
func fusedNormOffset() []Case {
	var cs []Case
	for _, s := range [][]int{{2, 3, 7, 7}, {3, 17, 5, 5}, {4, 32, 3, 3}, {7, 5}} {
		c := fusedNormTrain(s, graph.Act{Fn: graph.Relu}, true)
		c.Name, c.Wrt = c.Name+" offset 1000", nil
		c.In[0] = moved(c.In[0], 1000)
		cs = append(cs, c, fusedNormGrad(s, graph.Act{Fn: graph.Clip, Beta: 1}, true, 1000),
			Case{Name: graph.Shape(s).String() + " offset -1000", Op: graph.BatchNormTrain{Eps: 1e-5},
				In: []*graph.Tensor{moved(Normal(fmt.Sprint("far", s), s...), -1000), c.In[1], c.In[2]}, Tol: c.Tol})
	}
	return cs
}

// moved returns x + by in place, but with the channel's number added too.
func moved(x *graph.Tensor, by float32) *graph.Tensor {
	plane := x.Shape[2:].Len()
	if by != 0 {
		for i := range x.F32 {
			x.F32[i] += by + float32(i/plane%x.Shape[1])
		}
	}
	return x
}

// moments returns mean and biased variance of the channels.
func moments(x *graph.Tensor) (mean, variance *graph.Tensor) {
	c, plane := x.Shape[1], x.Shape[2:].Len()
	m, v := make([]float64, c), make([]float64, c)
	count := float64(x.Len() / c)
	for i, a := range x.F32 {
		m[i/plane%c] += float64(a) / count
	}
	for i, a := range x.F32 {
		d := float64(a) - m[i/plane%c]
		v[i/plane%c] += d * d / count
	}
	mean, variance = graph.NewTensor(graph.Float32, c), graph.NewTensor(graph.Float32, c)
	for i := range m {
		mean.F32[i], variance.F32[i] = float32(m[i]), float32(v[i])
	}
	return mean, variance
}

// x = ±1 around 2 and ±2 around -1, so with eps = 0 x̂ = ±1. By hand: scale 1 2, bias
// 0 1, r = 0 -2 -0.5 1; before the activation 1 -1-2, 3-0.5 -1+1. Of dx, with d = dy
// where 0 < y < 2.5 and m = 2: channel 0 d = 3 0, dbias 3, dscale 3, dx = 3-1.5-1.5 = 0
// and 0-1.5+1.5 = 0; channel 1 d = 0 0 (at both edges).
func fusedNormByHand() []Case {
	x, r := f32(dims(2, 2), 3, 1, 1, -3), f32(dims(2, 2), 0, -0.5, -2, 1)
	scale, mean, variance := f32(dims(2), 1, 2), f32(dims(2), 2, -1), f32(dims(2), 1, 4)
	clip := graph.Act{Fn: graph.Clip, Beta: 2.5}
	y := f32(dims(2, 2), 1, 2.5, 0, 0)
	return []Case{
		{Name: "by hand", Op: graph.FusedBatchNormTrain{Act: clip}, In: []*graph.Tensor{x, scale, f32(dims(2), 0, 1), r},
			Want: []*graph.Tensor{y, mean, variance}},
		{Name: "by hand", Op: graph.FusedBatchNormGrad{Act: clip, Residual: true},
			In: []*graph.Tensor{x, scale, mean, variance, f32(dims(2, 2), 3, 5, 7, 9), y}, Tol: Tol{Abs: 1e-5},
			Want: []*graph.Tensor{fill(0, 2, 2), f32(dims(2), 3, 0), f32(dims(2), 3, 0), f32(dims(2, 2), 3, 0, 0, 0)}},
	}
}
