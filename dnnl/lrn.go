package dnnl

/*
#include "shim.h"
static dnnl_status_t gotl_lrn_fwd(dnnl_primitive_desc_t *p, dnnl_engine_t e, dnnl_prop_kind_t k, dnnl_alg_kind_t a, const_dnnl_memory_desc_t x,
		const_dnnl_memory_desc_t y, int64_t size, float alpha, float beta, float bias, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_lrn_forward_primitive_desc_create(p, e, k, a, x, y, size, alpha, beta, bias, t);
}
static dnnl_status_t gotl_lrn_bwd(dnnl_primitive_desc_t *p, dnnl_engine_t e, dnnl_alg_kind_t a, const_dnnl_memory_desc_t dx,
		const_dnnl_memory_desc_t dy, const_dnnl_memory_desc_t x, int64_t size, float alpha, float beta, float bias,
		const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_lrn_backward_primitive_desc_create(p, e, a, dx, dy, x, size, alpha, beta, bias, hint, t);
}
*/
import "C"

import "github.com/gotl-gpu/gotl-gpu/graph"

// lrnForward describes local response normalisation across channels. Alpha is the
// sum's factor before division by Size, in ONNX and in oneDNN.
func (s *scope) lrnForward(p prop, x, y desc, l graph.LRN) (pd, error) {
	return s.create("LRN forward", nil, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_lrn_fwd(h, s.e.h, C.dnnl_prop_kind_t(p), C.dnnl_alg_kind_t(lrnChannels), x.h, y.h,
			C.int64_t(l.Size), C.float(l.Alpha), C.float(l.Beta), C.float(l.Bias), t)
	})
}

// lrnBackward describes dx from x, dy and the forward pass's workspace.
func (s *scope) lrnBackward(dx, dy, x desc, l graph.LRN, hint pd) (pd, error) {
	return s.create("LRN backward", nil, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_lrn_bwd(h, s.e.h, C.dnnl_alg_kind_t(lrnChannels), dx.h, dy.h, x.h,
			C.int64_t(l.Size), C.float(l.Alpha), C.float(l.Beta), C.float(l.Bias), hint.h, t)
	})
}
