package dnnl

/*
#include "shim.h"
static dnnl_status_t gotl_attr(dnnl_primitive_attr_t *a) {
	dnnl_status_t rc = gotl.dnnl_primitive_attr_create(a);
	if (!rc) rc = gotl.dnnl_primitive_attr_set_scratchpad_mode(*a, dnnl_scratchpad_mode_user);
	if (!rc && gotl.set_deterministic) rc = gotl.set_deterministic(*a, 1);
	return rc;
}
static dnnl_status_t gotl_attr_ops(dnnl_primitive_attr_t a, dnnl_post_ops_t p) { return gotl.dnnl_primitive_attr_set_post_ops(a, p); }
static void gotl_attr_free(dnnl_primitive_attr_t a) { if (a) gotl.dnnl_primitive_attr_destroy(a); }
static dnnl_status_t gotl_ops(dnnl_post_ops_t *p) { return gotl.dnnl_post_ops_create(p); }
static void gotl_ops_free(dnnl_post_ops_t p) { gotl.dnnl_post_ops_destroy(p); }
static dnnl_status_t gotl_ops_sum(dnnl_post_ops_t p, float scale) { return gotl.dnnl_post_ops_append_sum(p, scale, 0, dnnl_data_type_undef); }
static dnnl_status_t gotl_ops_eltwise(dnnl_post_ops_t p, dnnl_alg_kind_t k, float a, float b) { return gotl.dnnl_post_ops_append_eltwise(p, k, a, b); }
static dnnl_status_t gotl_ops_binary(dnnl_post_ops_t p, dnnl_alg_kind_t k, const_dnnl_memory_desc_t d) { return gotl.dnnl_post_ops_append_binary(p, k, d); }
*/
import "C"

// postOp is something a primitive does to its result before storing it.
type postOp struct {
	kind        postKind
	alg         alg
	alpha, beta float32
	arg         desc // binary: the second operand; memory comes with argPostOp(i)
}

type postKind uint8

const (
	postSum     postKind = iota // dst = result + alpha·dst as it was before
	postEltwise                 // dst = alg(result; alpha, beta)
	postBinary                  // dst = alg(result, arg)
)

// sumInto adds the result to what dst holds.
func sumInto() postOp { return postOp{kind: postSum, alpha: 1} }

// thenEltwise applies an element-wise function to the result.
func thenEltwise(a alg, alpha, beta float32) postOp {
	return postOp{kind: postEltwise, alg: a, alpha: alpha, beta: beta}
}

// thenBinary combines the result with a tensor that is given at run time.
func thenBinary(a alg, arg desc) postOp { return postOp{kind: postBinary, alg: a, arg: arg} }

// attr makes the attributes of every primitive of the package: the scratchpad is
// always the caller's, so that a primitive may be created on one thread and run on
// another and no memory is allocated in a step; deterministic where the library
// knows the word (3.7). The caller frees them.
func attr(ops []postOp) (C.dnnl_primitive_attr_t, error) {
	var a C.dnnl_primitive_attr_t
	if err := status(C.gotl_attr(&a), "attributes"); err != nil {
		C.gotl_attr_free(a)
		return nil, err
	}
	if len(ops) == 0 {
		return a, nil
	}
	if err := setPostOps(a, ops); err != nil {
		C.gotl_attr_free(a)
		return nil, err
	}
	return a, nil
}

func freeAttr(a C.dnnl_primitive_attr_t) { C.gotl_attr_free(a) }

func setPostOps(a C.dnnl_primitive_attr_t, ops []postOp) error {
	var p C.dnnl_post_ops_t
	if err := status(C.gotl_ops(&p), "post-operations"); err != nil {
		return err
	}
	defer C.gotl_ops_free(p)
	for _, o := range ops {
		if err := status(o.append(p), "post-operation"); err != nil {
			return err
		}
	}
	return status(C.gotl_attr_ops(a, p), "post-operations")
}

func (o postOp) append(p C.dnnl_post_ops_t) C.dnnl_status_t {
	switch o.kind {
	case postSum:
		return C.gotl_ops_sum(p, C.float(o.alpha))
	case postEltwise:
		return C.gotl_ops_eltwise(p, C.dnnl_alg_kind_t(o.alg), C.float(o.alpha), C.float(o.beta))
	default:
		return C.gotl_ops_binary(p, C.dnnl_alg_kind_t(o.alg), o.arg.h)
	}
}
