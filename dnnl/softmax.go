package dnnl

/*
#include "shim.h"
static dnnl_status_t gotl_softmax_fwd(dnnl_primitive_desc_t *p, dnnl_engine_t e, dnnl_prop_kind_t k, dnnl_alg_kind_t a,
		const_dnnl_memory_desc_t x, const_dnnl_memory_desc_t y, int axis, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_softmax_forward_primitive_desc_create(p, e, k, a, x, y, axis, t);
}
static dnnl_status_t gotl_softmax_bwd(dnnl_primitive_desc_t *p, dnnl_engine_t e, dnnl_alg_kind_t a, const_dnnl_memory_desc_t dx,
		const_dnnl_memory_desc_t dy, const_dnnl_memory_desc_t y, int axis, const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_softmax_backward_primitive_desc_create(p, e, a, dx, dy, y, axis, hint, t);
}
*/
import "C"

// softmaxForward describes y = softmax(x), or its logarithm, along axis.
func (s *scope) softmaxForward(p prop, a alg, x, y desc, axis int) (pd, error) {
	return s.create("softmax forward", nil, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_softmax_fwd(h, s.e.h, C.dnnl_prop_kind_t(p), C.dnnl_alg_kind_t(a), x.h, y.h, C.int(axis), t)
	})
}

// softmaxBackward describes dx from y and dy.
func (s *scope) softmaxBackward(a alg, dx, dy, y desc, axis int, hint pd) (pd, error) {
	return s.create("softmax backward", nil, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_softmax_bwd(h, s.e.h, C.dnnl_alg_kind_t(a), dx.h, dy.h, y.h, C.int(axis), hint.h, t)
	})
}
