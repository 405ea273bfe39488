package ref

import (
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// eachLine calls f with the positions along an axis: at, at+stride, ... (n of them).
func eachLine(s graph.Shape, axis int, f func(at, n, stride int)) {
	outer, n, inner := around(s, axis)
	for o := range outer {
		for i := range inner {
			f(o*n*inner+i, n, inner)
		}
	}
}

func softmax(o graph.Softmax, in, out []*array) {
	x, y := in[0].f, out[0].f
	eachLine(in[0].Shape, o.Axis, func(at, n, stride int) {
		top, sum := math.Inf(-1), 0.0
		for k := range n {
			top = max(top, x[at+k*stride])
		}
		for k := range n {
			sum += math.Exp(x[at+k*stride] - top)
		}
		for k := range n { // not exp(x − ln Σ): that loses the sum beside a large x
			y[at+k*stride] = math.Exp(x[at+k*stride]-top) / sum
		}
	})
}

func softmaxGrad(o graph.SoftmaxGrad, in, out []*array) {
	y, dy, dx := in[0].f, in[1].f, out[0].f
	eachLine(in[0].Shape, o.Axis, func(at, n, stride int) {
		dot := 0.0
		for k := range n {
			dot += y[at+k*stride] * dy[at+k*stride]
		}
		for k := range n {
			p := at + k*stride
			dx[p] = y[p] * (dy[p] - dot)
		}
	})
}
