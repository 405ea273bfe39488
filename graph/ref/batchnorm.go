package ref

import (
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// eachChannel calls f for every element i of x [N C ...] with its channel, the
// elements of a channel in order.
func eachChannel(x *array, f func(c, i int)) {
	channels, plane := x.Shape[1], x.Shape[2:].Len()
	parallel(channels, func(c int) {
		for n := range x.Shape[0] {
			for i := range plane {
				f(c, (n*channels+c)*plane+i)
			}
		}
	})
}

func batchNorm(o graph.BatchNorm, in, out []*array) {
	normalise(out[0], in[0], in[1].f, in[2].f, in[3].f, in[4].f, o.Eps)
}

func normalise(y, x *array, scale, bias, mean, variance []float64, eps float32) {
	eachChannel(x, func(c, i int) {
		y.f[i] = scale[c]*(x.f[i]-mean[c])/math.Sqrt(variance[c]+float64(eps)) + bias[c]
	})
}

func batchNormTrain(o graph.BatchNormTrain, in, out []*array) {
	x, mean, variance := in[0], out[1].f, out[2].f
	count := float64(x.Shape.Len() / max(1, x.Shape[1]))
	eachChannel(x, func(c, i int) { mean[c] += x.f[i] / count })
	eachChannel(x, func(c, i int) { variance[c] += (x.f[i] - mean[c]) * (x.f[i] - mean[c]) / count })
	normalise(out[0], x, in[1].f, in[2].f, mean, variance, o.Eps)
}

// batchNormGrad: with x̂ = (x−mean)·r and r = 1/√(variance+eps),
//
//	dbias = Σ dy, dscale = Σ dy·x̂
//	dx = scale·r·dy, with batch statistics scale·r·(dy − dbias/m − x̂·dscale/m)
func batchNormGrad(o graph.BatchNormGrad, in, out []*array) {
	x, scale, mean, variance, dy := in[0], in[1].f, in[2].f, in[3].f, in[4]
	dx, channels := out[0], x.Shape[1]
	r, dscale, dbias := make([]float64, channels), make([]float64, channels), make([]float64, channels)
	for c, v := range variance {
		r[c] = 1 / math.Sqrt(v+float64(o.Eps))
	}
	eachChannel(x, func(c, i int) {
		dbias[c] += dy.f[i]
		dscale[c] += dy.f[i] * (x.f[i] - mean[c]) * r[c]
	})
	count := float64(x.Shape.Len() / max(1, channels))
	eachChannel(x, func(c, i int) {
		d := dy.f[i]
		if o.Batch {
			d -= (dbias[c] + (x.f[i]-mean[c])*r[c]*dscale[c]) / count
		}
		dx.f[i] = scale[c] * r[c] * d
	})
	if !o.NoParams {
		copy(out[1].f, dscale)
		copy(out[2].f, dbias)
	}
}

func blend(o graph.Blend, in, out []*array) {
	keep := float64(o.Keep)
	for i, old := range in[0].f {
		out[0].f[i] = keep*old + (1-keep)*float64(o.Scale)*in[1].f[i]
	}
}
