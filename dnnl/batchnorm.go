package dnnl

/*
#include "shim.h"
static dnnl_status_t gotl_bn_fwd(dnnl_primitive_desc_t *p, dnnl_engine_t e, dnnl_prop_kind_t k, const_dnnl_memory_desc_t x,
		const_dnnl_memory_desc_t y, float eps, unsigned flags, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_batch_normalization_forward_primitive_desc_create(p, e, k, x, y, eps, flags, t);
}
static dnnl_status_t gotl_bn_bwd(dnnl_primitive_desc_t *p, dnnl_engine_t e, dnnl_prop_kind_t k, const_dnnl_memory_desc_t dx,
		const_dnnl_memory_desc_t dy, const_dnnl_memory_desc_t x, float eps, unsigned flags, const_dnnl_primitive_desc_t hint,
		const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_batch_normalization_backward_primitive_desc_create(p, e, k, dx, dy, x, eps, flags, hint, t);
}
*/
import "C"

// normFlags choose the form of a normalisation.
type normFlags C.unsigned

const (
	normGlobal   normFlags = C.dnnl_use_global_stats // mean and variance are inputs
	normScale    normFlags = C.dnnl_use_scale
	normShift    normFlags = C.dnnl_use_shift
	normFuseRelu normFlags = C.dnnl_fuse_norm_relu // training keeps a workspace of 1 bit an element
)

// batchNormForward describes y = norm(x). Scale, shift, mean and variance are [C]
// f32: inputs with normGlobal, else mean and variance are results (training).
func (s *scope) batchNormForward(p prop, x, y desc, eps float32, f normFlags, ops ...postOp) (pd, error) {
	return s.create("batch normalisation forward", ops, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_bn_fwd(h, s.e.h, C.dnnl_prop_kind_t(p), x.h, y.h, C.float(eps), C.unsigned(f), t)
	})
}

// batchNormBackward describes dx from x, mean, variance, scale and dy; with
// backward also the gradients of scale and shift, with backwardData only dx.
func (s *scope) batchNormBackward(p prop, dx, dy, x desc, eps float32, f normFlags, hint pd) (pd, error) {
	return s.create("batch normalisation backward", nil, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_bn_bwd(h, s.e.h, C.dnnl_prop_kind_t(p), dx.h, dy.h, x.h, C.float(eps), C.unsigned(f), hint.h, t)
	})
}
