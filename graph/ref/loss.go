package ref

import (
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// softmaxCrossEntropy leaves out classes with q = 0, so a padded row adds nothing
// whatever its logits are.
func softmaxCrossEntropy(_ graph.SoftmaxCrossEntropy, in, out []*array) {
	k := in[0].Shape[1]
	sum := 0.0
	for i := range in[0].Shape[0] {
		z, q := in[0].f[i*k:(i+1)*k], in[1].f[i*k:(i+1)*k]
		norm := logSumExp(z)
		for c, w := range q {
			if w != 0 {
				sum += w * (norm - z[c])
			}
		}
	}
	out[0].f[0] = in[2].f[0] * sum
}

func logSumExp(z []float64) float64 {
	top, sum := math.Inf(-1), 0.0
	for _, v := range z {
		top = math.Max(top, v)
	}
	for _, v := range z {
		sum += math.Exp(v - top)
	}
	return top + math.Log(sum)
}

func softmaxCrossEntropyGrad(_ graph.SoftmaxCrossEntropyGrad, in, out []*array) {
	k := in[0].Shape[1]
	scale := in[2].f[0] * in[3].f[0]
	for i := range in[0].Shape[0] {
		z, q := in[0].f[i*k:(i+1)*k], in[1].f[i*k:(i+1)*k]
		norm, weight := logSumExp(z), 0.0
		for _, w := range q {
			weight += w
		}
		for c, w := range q {
			out[0].f[i*k+c] = scale * (math.Exp(z[c]-norm)*weight - w)
		}
	}
}
