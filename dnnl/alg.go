package dnnl

// #include "shim.h"
import "C"

// alg is an algorithm of a primitive. The numbers come from the header: v3
// renumbered v2's.
type alg C.dnnl_alg_kind_t

const (
	convAuto   alg = C.dnnl_convolution_auto
	convDirect alg = C.dnnl_convolution_direct

	poolMax      alg = C.dnnl_pooling_max
	poolAvgPad   alg = C.dnnl_pooling_avg_include_padding
	poolAvgNoPad alg = C.dnnl_pooling_avg_exclude_padding

	eltRelu        alg = C.dnnl_eltwise_relu                 // x > 0 ? x : alpha·x
	eltReluDst     alg = C.dnnl_eltwise_relu_use_dst_for_bwd // the same, backward from the result
	eltTanh        alg = C.dnnl_eltwise_tanh
	eltTanhDst     alg = C.dnnl_eltwise_tanh_use_dst_for_bwd
	eltSigmoid     alg = C.dnnl_eltwise_logistic
	eltSigmoidDst  alg = C.dnnl_eltwise_logistic_use_dst_for_bwd
	eltClip        alg = C.dnnl_eltwise_clip        // min(max(x, alpha), beta)
	eltLinear      alg = C.dnnl_eltwise_linear      // alpha·x + beta
	eltHardSigmoid alg = C.dnnl_eltwise_hardsigmoid // max(0, min(1, alpha·x + beta))
	eltSwish       alg = C.dnnl_eltwise_swish       // x/(1 + exp(-alpha·x))
	eltHardSwish   alg = C.dnnl_eltwise_hardswish   // x·max(0, min(1, alpha·x + beta))
	eltExp         alg = C.dnnl_eltwise_exp
	eltLog         alg = C.dnnl_eltwise_log // natural

	binaryAdd alg = C.dnnl_binary_add
	binarySub alg = C.dnnl_binary_sub
	binaryMul alg = C.dnnl_binary_mul
	binaryDiv alg = C.dnnl_binary_div
	binaryMax alg = C.dnnl_binary_max
	binaryMin alg = C.dnnl_binary_min

	softmaxPlain alg = C.dnnl_softmax_accurate
	softmaxLog   alg = C.dnnl_softmax_log

	reduceSum  alg = C.dnnl_reduction_sum
	reduceMean alg = C.dnnl_reduction_mean

	lrnChannels alg = C.dnnl_lrn_across_channels
)

// prop is a direction.
type prop C.dnnl_prop_kind_t

const (
	inference    prop = C.dnnl_forward_inference
	training     prop = C.dnnl_forward_training // keeps a workspace where backward needs one
	backward     prop = C.dnnl_backward
	backwardData prop = C.dnnl_backward_data // no gradients of scale and shift
)
