package dnnl

/*
#include "shim.h"
static dnnl_status_t gotl_reorder(dnnl_primitive_desc_t *p, dnnl_engine_t e, const_dnnl_memory_desc_t x, const_dnnl_memory_desc_t y,
		const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_reorder_primitive_desc_create(p, x, e, y, e, t);
}
*/
import "C"

// reorder describes y = x in another layout or element type.
func (s *scope) reorder(x, y desc, ops ...postOp) (pd, error) {
	return s.create("reorder", ops, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_reorder(h, s.e.h, x.h, y.h, t)
	})
}
