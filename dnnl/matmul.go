package dnnl

/*
#include "shim.h"
static dnnl_status_t gotl_matmul(dnnl_primitive_desc_t *p, dnnl_engine_t e, const_dnnl_memory_desc_t a, const_dnnl_memory_desc_t b,
		const_dnnl_memory_desc_t c, const_dnnl_memory_desc_t y, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_matmul_primitive_desc_create(p, e, a, b, c, y, t);
}
static dnnl_status_t gotl_ip_fwd(dnnl_primitive_desc_t *p, dnnl_engine_t e, dnnl_prop_kind_t k, const_dnnl_memory_desc_t x,
		const_dnnl_memory_desc_t w, const_dnnl_memory_desc_t b, const_dnnl_memory_desc_t y, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_inner_product_forward_primitive_desc_create(p, e, k, x, w, b, y, t);
}
static dnnl_status_t gotl_ip_data(dnnl_primitive_desc_t *p, dnnl_engine_t e, const_dnnl_memory_desc_t x, const_dnnl_memory_desc_t w,
		const_dnnl_memory_desc_t y, const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_inner_product_backward_data_primitive_desc_create(p, e, x, w, y, hint, t);
}
static dnnl_status_t gotl_ip_weights(dnnl_primitive_desc_t *p, dnnl_engine_t e, const_dnnl_memory_desc_t x, const_dnnl_memory_desc_t w,
		const_dnnl_memory_desc_t b, const_dnnl_memory_desc_t y, const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_inner_product_backward_weights_primitive_desc_create(p, e, x, w, b, y, hint, t);
}
*/
import "C"

// matmul describes y [M N] = x [M K] · w [K N] + b ([1 N] or none); a transposed
// operand is one with swapped strides. Arguments: argSrc, argWeights, argBias, argDst.
func (s *scope) matmul(x, w, b, y desc, ops ...postOp) (pd, error) {
	return s.create("matrix product", ops, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_matmul(h, s.e.h, x.h, w.h, b.h, y.h, t)
	})
}

// innerForward describes y [N K] = x [N D...] · wᵀ [K D...] + b ([K] or none).
func (s *scope) innerForward(p prop, d convDescs, ops ...postOp) (pd, error) {
	return s.create("inner product forward", ops, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_ip_fwd(h, s.e.h, C.dnnl_prop_kind_t(p), d.x.h, d.w.h, d.b.h, d.y.h, t)
	})
}

// innerBackwardData describes dx from w and dy.
func (s *scope) innerBackwardData(d convDescs, hint pd) (pd, error) {
	return s.create("inner product backward by data", nil, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_ip_data(h, s.e.h, d.x.h, d.w.h, d.y.h, hint.h, t)
	})
}

// innerBackwardWeights describes dw, and db unless d.b is none, from x and dy.
func (s *scope) innerBackwardWeights(d convDescs, hint pd) (pd, error) {
	return s.create("inner product backward by weights", nil, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_ip_weights(h, s.e.h, d.x.h, d.w.h, d.b.h, d.y.h, hint.h, t)
	})
}
