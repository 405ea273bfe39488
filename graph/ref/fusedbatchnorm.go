package ref

import "github.com/gotl-gpu/gotl-gpu/graph"

// fusedBatchNormTrain is batchNormTrain, the residual and the activation in turn.
func fusedBatchNormTrain(o graph.FusedBatchNormTrain, in, out []*array) {
	batchNormTrain(graph.BatchNormTrain{Eps: o.Eps}, in[:3], out)
	y, f := out[0], actFn(o.Act)
	for i, v := range y.f {
		if len(in) > 3 && in[3] != nil {
			v += in[3].f[i]
		}
		y.f[i] = f(v)
	}
}

// fusedBatchNormGrad is actGrad, then batchNormGrad of its result.
func fusedBatchNormGrad(o graph.FusedBatchNormGrad, in, out []*array) {
	d := in[4]
	if o.Act.Fn != graph.NoAct {
		d = newArray(d.Type)
		actGrad(graph.ActGrad{Act: o.Act}, []*array{in[5], in[4]}, []*array{d})
	}
	batchNormGrad(graph.BatchNormGrad{Eps: o.Eps, Batch: true}, append(in[:4:4], d), out)
	if o.Residual {
		copy(out[3].f, d.f)
	}
}
