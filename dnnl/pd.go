package dnnl

/*
#include "shim.h"
static void gotl_pd_free(dnnl_primitive_desc_t p) { gotl.dnnl_primitive_desc_destroy(p); }
static const_dnnl_memory_desc_t gotl_pd_md(const_dnnl_primitive_desc_t p, dnnl_query_t q, int i) {
	return gotl.dnnl_primitive_desc_query_md(p, q, i);
}
static const char *gotl_pd_impl(const_dnnl_primitive_desc_t p) {
	const char *s = 0;
	return gotl.dnnl_primitive_desc_query(p, dnnl_query_impl_info_str, 0, &s) ? 0 : s;
}
static int gotl_pd_user_scratchpad(const_dnnl_primitive_desc_t p) {
	const_dnnl_primitive_attr_t a;
	dnnl_scratchpad_mode_t m;
	return !gotl.dnnl_primitive_desc_get_attr(p, &a) && !gotl.dnnl_primitive_attr_get_scratchpad_mode(a, &m) && m == dnnl_scratchpad_mode_user;
}
static dnnl_status_t gotl_prim(dnnl_primitive_t *p, const_dnnl_primitive_desc_t d) { return gotl.dnnl_primitive_create(p, d); }
static void gotl_prim_free(dnnl_primitive_t p) { gotl.dnnl_primitive_destroy(p); }
*/
import "C"

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// pd is a primitive descriptor: an operation with the layouts the library chose
// for it. It and the descriptors it answers with live as long as its scope.
// Backward descriptors take the forward one as a hint.
type pd struct{ h C.dnnl_primitive_desc_t }

// create makes a pd: f is the library's constructor, given a place and attributes.
func (s *scope) create(call string, ops []postOp, f func(*C.dnnl_primitive_desc_t, C.dnnl_primitive_attr_t) C.dnnl_status_t) (pd, error) {
	s.e.check()
	a, err := attr(ops)
	if err != nil {
		return pd{}, err
	}
	defer freeAttr(a)
	var p pd
	if err := status(f(&p.h, a), call); err != nil {
		return pd{}, err
	}
	s.own(func() { C.gotl_pd_free(p.h) })
	if !p.userScratchpad() {
		return pd{}, fmt.Errorf("%w: %s without user scratchpad", fault.ErrInternal, call)
	}
	return p, nil
}

// userScratchpad reports whether p leaves its scratchpad to the caller.
func (p pd) userScratchpad() bool { return C.gotl_pd_user_scratchpad(p.h) != 0 }

// The layouts that p wants; none if it has no such argument.

func (p pd) src(i int) desc        { return p.query(C.dnnl_query_src_md, i) }
func (p pd) dst() desc             { return p.query(C.dnnl_query_dst_md, 0) }
func (p pd) weights() desc         { return p.query(C.dnnl_query_weights_md, 0) }
func (p pd) bias() desc            { return p.query(C.dnnl_query_weights_md, 1) }
func (p pd) diffSrc() desc         { return p.query(C.dnnl_query_diff_src_md, 0) }
func (p pd) diffDst() desc         { return p.query(C.dnnl_query_diff_dst_md, 0) }
func (p pd) diffWeights() desc     { return p.query(C.dnnl_query_diff_weights_md, 0) }
func (p pd) diffBias() desc        { return p.query(C.dnnl_query_diff_weights_md, 1) }
func (p pd) workspace() desc       { return p.query(C.dnnl_query_workspace_md, 0) }
func (p pd) scratchpad() desc      { return p.query(C.dnnl_query_scratchpad_md, 0) }
func (p pd) scratchpadSize() int64 { return p.scratchpad().bytes() }

func (p pd) query(q C.dnnl_query_t, i int) desc {
	d := desc{C.dnnl_memory_desc_t(C.gotl_pd_md(p.h, q, C.int(i)))}
	if d.h != nil && d.bytes() == 0 {
		return desc{} // the library's zero descriptor
	}
	return d
}

// impl names the implementation: "brgconv:avx512_core".
func (p pd) impl() string {
	s := C.gotl_pd_impl(p.h)
	if s == nil {
		return ""
	}
	return C.GoString(s)
}

// prim is a compiled operation, ready to be put into a step list.
type prim struct{ h C.dnnl_primitive_t }

// primitive compiles p; the result belongs to run and does not need p any more.
// The library keeps the 1024 latest in a cache, so equal ones cost microseconds.
func (p pd) primitive(run *scope) (prim, error) {
	run.e.check()
	var r prim
	if err := status(C.gotl_prim(&r.h, p.h), "primitive "+p.impl()); err != nil {
		return prim{}, err
	}
	run.own(func() { C.gotl_prim_free(r.h) })
	return r, nil
}
