package dnnl

/*
#include "shim.h"
static dnnl_status_t gotl_elt_fwd(dnnl_primitive_desc_t *p, dnnl_engine_t e, dnnl_prop_kind_t k, dnnl_alg_kind_t a, const_dnnl_memory_desc_t x,
		const_dnnl_memory_desc_t y, float alpha, float beta, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_eltwise_forward_primitive_desc_create(p, e, k, a, x, y, alpha, beta, t);
}
static dnnl_status_t gotl_elt_bwd(dnnl_primitive_desc_t *p, dnnl_engine_t e, dnnl_alg_kind_t a, const_dnnl_memory_desc_t dx,
		const_dnnl_memory_desc_t dy, const_dnnl_memory_desc_t d, float alpha, float beta, const_dnnl_primitive_desc_t hint,
		const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_eltwise_backward_primitive_desc_create(p, e, a, dx, dy, d, alpha, beta, hint, t);
}
*/
import "C"

// eltwiseForward describes y = a(x; alpha, beta). y may be x's memory.
func (s *scope) eltwiseForward(p prop, a alg, x, y desc, alpha, beta float32, ops ...postOp) (pd, error) {
	return s.create("element-wise forward", ops, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_elt_fwd(h, s.e.h, C.dnnl_prop_kind_t(p), C.dnnl_alg_kind_t(a), x.h, y.h, C.float(alpha), C.float(beta), t)
	})
}

// eltwiseBackward describes dx from dy and data: the input, or the result for the
// algorithms that end in Dst.
func (s *scope) eltwiseBackward(a alg, dx, dy, data desc, alpha, beta float32, hint pd) (pd, error) {
	return s.create("element-wise backward", nil, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_elt_bwd(h, s.e.h, C.dnnl_alg_kind_t(a), dx.h, dy.h, data.h, C.float(alpha), C.float(beta), hint.h, t)
	})
}
