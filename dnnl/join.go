package dnnl

/*
#include "shim.h"
static dnnl_status_t gotl_sum(dnnl_primitive_desc_t *p, dnnl_engine_t e, const_dnnl_memory_desc_t y, int n, const float *scales,
		dnnl_memory_desc_t *x, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_sum_primitive_desc_create(p, e, y, n, scales, (const_dnnl_memory_desc_t const *)x, t);
}
static dnnl_status_t gotl_concat(dnnl_primitive_desc_t *p, dnnl_engine_t e, const_dnnl_memory_desc_t y, int n, int axis,
		dnnl_memory_desc_t *x, const_dnnl_primitive_attr_t t) {
	return gotl.dnnl_concat_primitive_desc_create(p, e, y, n, axis, (const_dnnl_memory_desc_t const *)x, t);
}
*/
import "C"

import "runtime"

// sum describes y = Σ scales[i]·x[i]; arguments are argMultiple+i. y none: the
// library chooses its layout.
func (s *scope) sum(y desc, scales []float32, x []desc) (pd, error) {
	in := handles(x)
	defer in.pin.Unpin()
	return s.create("sum", nil, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_sum(h, s.e.h, y.h, C.int(len(x)), (*C.float)(&scales[0]), &in.h[0], t)
	})
}

// concat describes x[0], x[1], ... behind one another along axis; arguments are
// argMultiple+i. y none: the library chooses its layout.
func (s *scope) concat(y desc, axis int, x []desc) (pd, error) {
	in := handles(x)
	defer in.pin.Unpin()
	return s.create("concat", nil, func(h *C.dnnl_primitive_desc_t, t C.dnnl_primitive_attr_t) C.dnnl_status_t {
		return C.gotl_concat(h, s.e.h, y.h, C.int(len(x)), C.int(axis), &in.h[0], t)
	})
}

// descList is an array of C handles in Go memory, pinned for the call.
type descList struct {
	h   []C.dnnl_memory_desc_t
	pin *runtime.Pinner
}

func handles(x []desc) descList {
	l := descList{make([]C.dnnl_memory_desc_t, len(x)), &runtime.Pinner{}}
	for i, d := range x {
		l.h[i] = d.h
	}
	l.pin.Pin(&l.h[0])
	return l
}
