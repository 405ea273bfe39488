package dnnl

/*
#include "shim.h"
static dnnl_status_t gotl_md_strides(dnnl_memory_desc_t *m, int n, const dnnl_dim_t *d, dnnl_data_type_t t, const dnnl_dim_t *s) {
	return gotl.dnnl_memory_desc_create_with_strides(m, n, d, t, s);
}
static dnnl_status_t gotl_md_tag(dnnl_memory_desc_t *m, int n, const dnnl_dim_t *d, dnnl_data_type_t t, dnnl_format_tag_t tag) {
	return gotl.dnnl_memory_desc_create_with_tag(m, n, d, t, tag);
}
static dnnl_status_t gotl_md_sub(dnnl_memory_desc_t *m, const_dnnl_memory_desc_t p, const dnnl_dim_t *d, const dnnl_dim_t *o) {
	return gotl.dnnl_memory_desc_create_submemory(m, p, d, o);
}
static dnnl_status_t gotl_md_reshape(dnnl_memory_desc_t *m, const_dnnl_memory_desc_t p, int n, const dnnl_dim_t *d) {
	return gotl.dnnl_memory_desc_reshape(m, p, n, d);
}
static dnnl_status_t gotl_md_permute(dnnl_memory_desc_t *m, const_dnnl_memory_desc_t p, const int *perm) {
	return gotl.dnnl_memory_desc_permute_axes(m, p, perm);
}
static int gotl_md_equal(const_dnnl_memory_desc_t a, const_dnnl_memory_desc_t b) { return gotl.dnnl_memory_desc_equal(a, b); }
static size_t gotl_md_size(const_dnnl_memory_desc_t m) { return gotl.dnnl_memory_desc_get_size(m); }
static void gotl_md_free(dnnl_memory_desc_t m) { gotl.dnnl_memory_desc_destroy(m); }
*/
import "C"

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// desc is a memory descriptor: extents, element type and layout. It lives as long
// as the scope, or the primitive descriptor, that made it. The zero desc is "none".
type desc struct{ h C.dnnl_memory_desc_t }

// none reports whether d describes nothing, as an absent bias.
func (d desc) none() bool { return d.h == nil }

// tag is a layout by name. What is not here is written with strides or left to
// the library (tagAny).
type tag C.dnnl_format_tag_t

const (
	tagAny  tag = C.dnnl_format_tag_any
	tagNCHW tag = C.dnnl_nchw
	tagNHWC tag = C.dnnl_nhwc

	tagBlocked8  tag = C.dnnl_nChw8c
	tagBlocked16 tag = C.dnnl_nChw16c
)

// dtype maps an element type. Error: fault.ErrUnsupported.
func dtype(t graph.DType) (C.dnnl_data_type_t, error) {
	switch t {
	case graph.Float32:
		return C.dnnl_f32, nil
	case graph.BFloat16:
		return C.dnnl_bf16, nil
	case graph.Int32:
		return C.dnnl_s32, nil
	case graph.Int8:
		return C.dnnl_s8, nil
	case graph.Uint8:
		return C.dnnl_u8, nil
	default:
		return 0, fmt.Errorf("%w: element type %v in oneDNN", fault.ErrUnsupported, t)
	}
}

// toDims copies extents into the library's fixed array.
func toDims(x []int) (d C.dnnl_dims_t) {
	for i, v := range x {
		d[i] = C.dnnl_dim_t(v)
	}
	return d
}

// plain describes a dense row-major tensor. A scalar becomes [1].
func (s *scope) plain(t graph.Type) (desc, error) {
	if t.Shape.Rank() == 0 {
		t.Shape = graph.Shape{1}
	}
	return s.strided(t, t.Shape.Strides())
}

// strided describes a tensor whose neighbours along axis i are strides[i] elements apart.
func (s *scope) strided(t graph.Type, strides []int) (desc, error) {
	dt, err := dtype(t.DType)
	if err != nil {
		return desc{}, err
	}
	n, st := toDims(t.Shape), toDims(strides)
	var d desc
	rc := C.gotl_md_strides(&d.h, C.int(len(t.Shape)), &n[0], dt, &st[0])
	return s.ownDesc(d, rc, "memory descriptor by strides")
}

// tagged describes a tensor in a named layout; tagAny lets a primitive choose.
func (s *scope) tagged(t graph.Type, f tag) (desc, error) {
	dt, err := dtype(t.DType)
	if err != nil {
		return desc{}, err
	}
	n := toDims(t.Shape)
	var d desc
	rc := C.gotl_md_tag(&d.h, C.int(len(t.Shape)), &n[0], dt, C.dnnl_format_tag_t(f))
	return s.ownDesc(d, rc, "memory descriptor by tag")
}

// sub describes the box of the given extents at offset inside d, sharing d's memory.
func (s *scope) sub(d desc, extents, offset []int) (desc, error) {
	n, at := toDims(extents), toDims(offset)
	var r desc
	rc := C.gotl_md_sub(&r.h, d.h, &n[0], &at[0])
	return s.ownDesc(r, rc, "submemory")
}

// reshaped describes the same memory with other extents, if the layout allows it.
func (s *scope) reshaped(d desc, extents []int) (desc, error) {
	n := toDims(extents)
	var r desc
	rc := C.gotl_md_reshape(&r.h, d.h, C.int(len(extents)), &n[0])
	return s.ownDesc(r, rc, "reshape of a memory descriptor")
}

// permuted describes the same memory with axis i of d called perm[i].
func (s *scope) permuted(d desc, perm []int) (desc, error) {
	var p [C.DNNL_MAX_NDIMS]C.int
	for i, v := range perm {
		p[i] = C.int(v)
	}
	var r desc
	rc := C.gotl_md_permute(&r.h, d.h, &p[0])
	return s.ownDesc(r, rc, "permutation of a memory descriptor")
}

func (s *scope) ownDesc(d desc, rc C.dnnl_status_t, call string) (desc, error) {
	if err := status(rc, call); err != nil {
		return desc{}, err
	}
	s.own(func() { C.gotl_md_free(d.h) })
	return d, nil
}

// equal reports whether no reorder is needed between a and b.
func (d desc) equal(o desc) bool { return C.gotl_md_equal(d.h, o.h) != 0 }

// bytes returns the memory it needs, the layout's padding included.
func (d desc) bytes() int64 {
	if d.none() {
		return 0
	}
	return int64(C.gotl_md_size(d.h))
}
