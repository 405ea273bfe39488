package dnnl

import (
	"reflect"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// lowering turns one node into steps. It is called in execution order, so the
// forms of the node's inputs exist.
type lowering func(c *compiler, n *graph.Node) error

// lowerings holds every operator that runs here, by its Go type.
var lowerings = map[reflect.Type]lowering{}

func init() { // not a literal: lowerings look nodes up themselves
	for _, e := range []struct {
		op reflect.Type
		f  lowering
	}{
		use(lowerConv), use(lowerFusedConv), use(lowerConvGradInput), use(lowerConvGradWeight),
		use(lowerGemm),
		use(lowerAct), use(lowerActGrad),
		use(lowerBinary),
		use(lowerBatchNorm), use(lowerBatchNormTrain), use(lowerBatchNormGrad), use(lowerFusedBatchNormTrain), use(lowerFusedBatchNormGrad), use(lowerBlend), use(lowerFoldNorm), use(lowerFoldNormGrad),
		use(lowerPool), use(lowerPoolGrad), use(lowerGlobalAveragePool),
		use(lowerLRN), use(lowerLRNGrad),
		use(lowerSoftmax), use(lowerSoftmaxGrad),
		use(lowerLoss), use(lowerLossGrad),
		use(lowerReduce), use(lowerExpand), use(lowerTranspose),
		use(lowerReshape), use(lowerFlatten), use(lowerIdentity), use(lowerDropout), use(lowerDropoutTrain),
		use(lowerConcat), use(lowerSplit), use(lowerSlice), use(lowerSliceGrad), use(lowerPad),
		use(lowerSGD), use(lowerAdam), use(lowerGlobalNorm), use(lowerClipFactor), use(lowerEMA),
	} {
		lowerings[e.op] = e.f
	}
}

func use[O graph.Op](f func(c *compiler, n *graph.Node, op O) error) struct {
	op reflect.Type
	f  lowering
} {
	return struct {
		op reflect.Type
		f  lowering
	}{reflect.TypeFor[O](), func(c *compiler, n *graph.Node) error { return f(c, n, n.Op.(O)) }}
}
