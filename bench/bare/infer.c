//go:build ignore

// The inference form of a convolution: BatchNorm folded into weights and bias, then
// y = act(conv(x) + b + r), one primitive; the sum is taken in r's memory.
#include "build.h"

static dnnl_primitive_attr_t folded_attr(const layer *l) {
    dnnl_primitive_attr_t attr;
    dnnl_post_ops_t ops;
    TRY(dnnl_primitive_attr_create(&attr));
    TRY(dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user));
    TRY(dnnl_post_ops_create(&ops));
    if (l->res != NONE) TRY(dnnl_post_ops_append_sum(ops, 1, 0, dnnl_f32));
    if (l->act == ACT_RELU) TRY(dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_relu, 0, 0));
    if (l->act == ACT_RELU6) TRY(dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_clip, 0, 6));
    TRY(dnnl_primitive_attr_set_post_ops(attr, ops));
    dnnl_post_ops_destroy(ops);
    return attr;
}

// The residual's memory becomes the result's: no later layer may read it.
static tensor residual(build *b, int i, const_dnnl_memory_desc_t md) {
    int res = b->n->l[i].res;
    for (int j = i + 1; j < b->n->n; j++)
        if (b->n->l[j].x == res || b->n->l[j].res == res) fail("layer %d reads the residual of %d", j, i);
    return as(b->p, b->value[res + 1], md, REORDER, i);
}

void conv_folded(build *b, int i) {
    const layer *l = &b->n->l[i];
    plan *p = b->p;
    dnnl_primitive_attr_t attr = folded_attr(l);
    dnnl_primitive_desc_t pd = conv_forward(b, i, dnnl_forward_inference, 1, attr);
    dnnl_primitive_attr_destroy(attr);
    tensor x = as(p, b->value[l->x + 1], desc_of(pd, DNNL_ARG_SRC), REORDER, i);
    tensor w = conv_weights(b, i, desc_of(pd, DNNL_ARG_WEIGHTS), FOLDED_WEIGHT);
    tensor bias = norm_row(b, i, FOLDED_BIAS);
    const_dnnl_memory_desc_t md = desc_of(pd, DNNL_ARG_DST);
    tensor y = l->res == NONE ? tensor_new(p, md, 0) : residual(b, i, md);
    EMIT(p, CONV_FWD, i, pd, {DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_BIAS, bias}, {DNNL_ARG_DST, y});
    b->value[i + 1] = y;
}
