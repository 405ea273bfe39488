package dnnl

/*
#include "shim.h"
static dnnl_status_t gotl_reduction(dnnl_primitive_desc_t *p, dnnl_engine_t e, dnnl_alg_kind_t a, const_dnnl_memory_desc_t x,
		const_dnnl_memory_desc_t y, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_reduction_primitive_desc_create(p, e, a, x, y, 0, 0, t);
}
*/
import "C"

// reduction describes y = a(x) over the axes where y has extent 1 and x has more.
func (s *scope) reduction(a alg, x, y desc, ops ...postOp) (pd, error) {
	return s.create("reduction", ops, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_reduction(h, s.e.h, C.dnnl_alg_kind_t(a), x.h, y.h, t)
	})
}
