package ref

import (
	"fmt"
	"reflect"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// kernel computes one operator. Inputs have the types that the operator's shape
// rule accepts, outputs those it returns and zeros inside. Absent inputs are nil.
type kernel func(op graph.Op, in, out []*array) error

type entry struct {
	op  reflect.Type
	run kernel
}

// kernels holds every operator of package graph, by its Go type.
var kernels = index(
	use(act), use(actGrad),
	use(batchNorm), use(batchNormTrain), use(batchNormGrad), use(blend),
	use(fusedBatchNormTrain), use(fusedBatchNormGrad), use(foldNorm), use(foldNormGrad),
	useErr(binary),
	use(concat), use(split),
	use(conv), use(convGradInput), use(convGradWeight), use(fusedConv),
	use(dropout), use(dropoutTrain),
	use(expand), use(flatten), use(identity), use(pad), use(reshape), use(transpose),
	useErr(slice), useErr(sliceGrad),
	use(gemm),
	use(lrn), use(lrnGrad),
	use(pool), use(poolGrad), use(globalAveragePool),
	useErr(reduce),
	use(softmax), use(softmaxGrad),
	use(softmaxCrossEntropy), use(softmaxCrossEntropyGrad),
	use(sgd), use(adam), use(globalNorm), use(clipFactor), use(ema),
)

func index(entries ...entry) map[reflect.Type]kernel {
	m := map[reflect.Type]kernel{}
	for _, e := range entries {
		m[e.op] = e.run
	}
	return m
}

// use makes an entry of a function that cannot fail.
func use[O graph.Op](f func(op O, in, out []*array)) entry {
	return useErr(func(op O, in, out []*array) error {
		f(op, in, out)
		return nil
	})
}

func useErr[O graph.Op](f func(op O, in, out []*array) error) entry {
	return entry{reflect.TypeFor[O](), func(op graph.Op, in, out []*array) error { return f(op.(O), in, out) }}
}

// supports reports whether op can run.
func supports(op graph.Op) bool { return kernels[reflect.TypeOf(op)] != nil }

// apply runs op, whose outputs have the given types.
func apply(op graph.Op, in []*array, types []graph.Type, precision graph.DType) ([]*array, error) {
	run := kernels[reflect.TypeOf(op)]
	if run == nil {
		return nil, fmt.Errorf("%w: operator %s", fault.ErrUnsupported, op.Kind())
	}
	out := make([]*array, len(types))
	for i, t := range types {
		out[i] = newArray(t)
	}
	if err := run(op, in, out); err != nil {
		return nil, err
	}
	for _, a := range out {
		a.round(precision)
	}
	return out, nil
}
