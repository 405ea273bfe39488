package dnnl

/*
#include "shim.h"
static dnnl_status_t gotl_binary(dnnl_primitive_desc_t *p, dnnl_engine_t e, dnnl_alg_kind_t a, const_dnnl_memory_desc_t x0,
		const_dnnl_memory_desc_t x1, const_dnnl_memory_desc_t y, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_binary_primitive_desc_create(p, e, a, x0, x1, y, t);
}
*/
import "C"

// binary describes y = a(x0, x1). All have one rank; x1 may have extent 1 where x0
// has more. y may be x0's memory.
func (s *scope) binary(a alg, x0, x1, y desc, ops ...postOp) (pd, error) {
	return s.create("binary", ops, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_binary(h, s.e.h, C.dnnl_alg_kind_t(a), x0.h, x1.h, y.h, t)
	})
}
