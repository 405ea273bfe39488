package ref

import (
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// lrnBase returns Bias + Alpha/Size·Σ x² over the channels around each element.
func lrnBase(o graph.LRN, x *array) []float64 {
	base := make([]float64, len(x.f))
	before, after := (o.Size-1)/2, o.Size/2
	eachLine(x.Shape, 1, func(at, n, stride int) {
		for c := range n {
			sum := 0.0
			for k := max(0, c-before); k <= min(n-1, c+after); k++ {
				sum += x.f[at+k*stride] * x.f[at+k*stride]
			}
			base[at+c*stride] = float64(o.Bias) + float64(o.Alpha)/float64(o.Size)*sum
		}
	})
	return base
}

func lrn(o graph.LRN, in, out []*array) {
	for i, b := range lrnBase(o, in[0]) {
		out[0].f[i] = in[0].f[i] * math.Pow(b, -float64(o.Beta))
	}
}

// lrnGrad: with s = Bias + Alpha/Size·Σ x² of each element,
//
//	dx[i] = dy[i]·s[i]^−β − 2αβ/Size·x[i]·Σ dy[j]·x[j]·s[j]^(−β−1)
//
// over the elements j whose window holds i: those from i−after to i+before.
func lrnGrad(o graph.LRNGrad, in, out []*array) {
	x, dy, dx := in[0].f, in[2].f, out[0].f
	base, beta := lrnBase(o.LRN, in[0]), float64(o.Beta)
	before, after := (o.Size-1)/2, o.Size/2
	factor := 2 * float64(o.Alpha) * beta / float64(o.Size)
	eachLine(in[0].Shape, 1, func(at, n, stride int) {
		for c := range n {
			sum := 0.0
			for k := max(0, c-after); k <= min(n-1, c+before); k++ {
				j := at + k*stride
				sum += dy[j] * x[j] * math.Pow(base[j], -beta-1)
			}
			i := at + c*stride
			dx[i] = dy[i]*math.Pow(base[i], -beta) - factor*x[i]*sum
		}
	})
}
