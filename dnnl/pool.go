package dnnl

/*
#include "shim.h"
typedef struct { dnnl_dims_t stride, dilate, kernel, begin, end; } gotl_window;
static dnnl_status_t gotl_pool_fwd(dnnl_primitive_desc_t *p, dnnl_engine_t e, dnnl_prop_kind_t k, dnnl_alg_kind_t a, const_dnnl_memory_desc_t x,
		const_dnnl_memory_desc_t y, const gotl_window *g, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_pooling_forward_primitive_desc_create(p, e, k, a, x, y, g->stride, g->kernel, g->dilate, g->begin, g->end, t);
}
static dnnl_status_t gotl_pool_bwd(dnnl_primitive_desc_t *p, dnnl_engine_t e, dnnl_alg_kind_t a, const_dnnl_memory_desc_t x,
		const_dnnl_memory_desc_t y, const gotl_window *g, const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_pooling_backward_primitive_desc_create(p, e, a, x, y, g->stride, g->kernel, g->dilate, g->begin, g->end, hint, t);
}
*/
import "C"

import "github.com/gotl-gpu/gotl-gpu/graph"

// poolForward describes pooling of x into y. With training, a maximum pooling has a
// workspace that its backward form reads. The end padding must be what y's extents
// need: with ceil_mode that is more than the model's own.
func (s *scope) poolForward(p prop, a alg, x, y desc, w graph.Window) (pd, error) {
	g := window(w)
	return s.create("pooling forward", nil, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_pool_fwd(h, s.e.h, C.dnnl_prop_kind_t(p), C.dnnl_alg_kind_t(a), x.h, y.h, &g, t)
	})
}

// poolBackward describes dx from dy (and the workspace of a maximum).
func (s *scope) poolBackward(a alg, dx, dy desc, w graph.Window, hint pd) (pd, error) {
	g := window(w)
	return s.create("pooling backward", nil, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_pool_bwd(h, s.e.h, C.dnnl_alg_kind_t(a), dx.h, dy.h, &g, hint.h, t)
	})
}
