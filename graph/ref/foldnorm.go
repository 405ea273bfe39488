package ref

import (
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

func foldNorm(o graph.FoldNorm, in, out []*array) {
	w, scale, bias, mean, variance := in[0], in[1].f, in[2].f, in[3].f, in[4].f
	for k := range scale {
		s := scale[k] / math.Sqrt(variance[k]+float64(o.Eps))
		b := -mean[k]
		if len(in) > 5 && in[5] != nil {
			b += in[5].f[k]
		}
		out[1].f[k] = b*s + bias[k]
		eachRow(w, k, func(i int) { out[0].f[i] = w.f[i] * s })
	}
}

// eachRow calls f for every element of row k of w [K ...].
func eachRow(w *array, k int, f func(i int)) {
	n := w.Shape[1:].Len()
	for i := k * n; i < (k+1)*n; i++ {
		f(i)
	}
}

func foldNormGrad(o graph.FoldNormGrad, in, out []*array) {
	w, scale, mean, variance, dw, db := in[0], in[1].f, in[2].f, in[3].f, in[4].f, in[5].f
	for k := range scale {
		r := 1 / math.Sqrt(variance[k]+float64(o.Eps))
		b, sum := -mean[k], 0.0
		if len(in) > 6 {
			b += in[6].f[k]
			out[3].f[k] = db[k] * scale[k] * r
		}
		eachRow(w, k, func(i int) {
			out[0].f[i] = dw[i] * scale[k] * r
			sum += dw[i] * w.f[i]
		})
		out[1].f[k] = r * (sum + db[k]*b)
		out[2].f[k] = db[k]
	}
}
