package dnnl

/*
#include "shim.h"
typedef struct { dnnl_dims_t stride, dilate, kernel, begin, end; } gotl_window;
static dnnl_status_t gotl_conv_fwd(dnnl_primitive_desc_t *p, dnnl_engine_t e, dnnl_prop_kind_t k, dnnl_alg_kind_t a, const_dnnl_memory_desc_t x,
		const_dnnl_memory_desc_t w, const_dnnl_memory_desc_t b, const_dnnl_memory_desc_t y, const gotl_window *g, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_convolution_forward_primitive_desc_create(p, e, k, a, x, w, b, y, g->stride, g->dilate, g->begin, g->end, t);
}
static dnnl_status_t gotl_conv_data(dnnl_primitive_desc_t *p, dnnl_engine_t e, dnnl_alg_kind_t a, const_dnnl_memory_desc_t x,
		const_dnnl_memory_desc_t w, const_dnnl_memory_desc_t y, const gotl_window *g, const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_convolution_backward_data_primitive_desc_create(p, e, a, x, w, y, g->stride, g->dilate, g->begin, g->end, hint, t);
}
static dnnl_status_t gotl_conv_weights(dnnl_primitive_desc_t *p, dnnl_engine_t e, dnnl_alg_kind_t a, const_dnnl_memory_desc_t x,
		const_dnnl_memory_desc_t w, const_dnnl_memory_desc_t b, const_dnnl_memory_desc_t y, const gotl_window *g, const_dnnl_primitive_desc_t hint,
		const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_convolution_backward_weights_primitive_desc_create(p, e, a, x, w, b, y, g->stride, g->dilate, g->begin, g->end, hint, t);
}
*/
import "C"

import "github.com/gotl-gpu/gotl-gpu/graph"

// convDescs are the tensors of a convolution, or their gradients in its backward
// forms. Each may be tagAny, then the library chooses and the pd tells.
//
//	x [N C spatial...], w [K C kernel...] or [G K/G C/G kernel...], b [K] or none, y [N K out...]
type convDescs struct{ x, w, b, y desc }

// window translates the geometry. graph counts dilation from 1, oneDNN from 0.
func window(w graph.Window) (g C.gotl_window) {
	g.stride, g.kernel = toDims(w.Stride), toDims(w.Kernel)
	g.begin, g.end = toDims(w.PadBegin), toDims(w.PadEnd)
	for i, d := range w.Dilation {
		g.dilate[i] = C.dnnl_dim_t(d - 1)
	}
	return g
}

// convForward describes y = conv(x, w) + b, then ops.
func (s *scope) convForward(p prop, a alg, d convDescs, w graph.Window, ops ...postOp) (pd, error) {
	g := window(w)
	return s.create("convolution forward", ops, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_conv_fwd(h, s.e.h, C.dnnl_prop_kind_t(p), C.dnnl_alg_kind_t(a), d.x.h, d.w.h, d.b.h, d.y.h, &g, t)
	})
}

// convBackwardData describes dx from w and dy. hint is the forward pd.
func (s *scope) convBackwardData(a alg, d convDescs, w graph.Window, hint pd) (pd, error) {
	g := window(w)
	return s.create("convolution backward by data", nil, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_conv_data(h, s.e.h, C.dnnl_alg_kind_t(a), d.x.h, d.w.h, d.y.h, &g, hint.h, t)
	})
}

// convBackwardWeights describes dw, and db unless d.b is none, from x and dy.
func (s *scope) convBackwardWeights(a alg, d convDescs, w graph.Window, hint pd) (pd, error) {
	g := window(w)
	return s.create("convolution backward by weights", nil, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_conv_weights(h, s.e.h, C.dnnl_alg_kind_t(a), d.x.h, d.w.h, d.b.h, d.y.h, &g, hint.h, t)
	})
}
