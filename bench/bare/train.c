//go:build ignore

// The training form of a convolution: y = conv(x), then z = act(norm(y) + r). ReLU without
// an add is fused into the norm (fuse_norm_relu); otherwise the activation works in place.
#include "build.h"

static int fused(const layer *l) { return l->act == ACT_RELU && l->res == NONE; }

// Both take their gradient from the result, so z is all that is kept.
static dnnl_alg_kind_t alg(const layer *l) {
    return l->act == ACT_RELU ? dnnl_eltwise_relu_use_dst_for_bwd : dnnl_eltwise_clip_v2_use_dst_for_bwd;
}

static float top(const layer *l) { return l->act == ACT_RELU6 ? 6 : 0; }

static void norm_forward(build *b, int i) {
    saved *s = &b->s[i];
    plan *p = b->p;
    s->flags = dnnl_use_scale | dnnl_use_shift | (fused(&b->n->l[i]) ? dnnl_fuse_norm_relu : 0) |
               (b->stats ? 0 : dnnl_use_global_stats);
    TRY(dnnl_batch_normalization_forward_primitive_desc_create(&s->norm, p->engine, dnnl_forward_training, s->y.md, s->y.md,
                                                               (float)b->n->eps, s->flags, p->attr));
    const_dnnl_memory_desc_t ws = desc_of(s->norm, DNNL_ARG_WORKSPACE);
    s->scale = norm_row(b, i, SCALE), s->shift = norm_row(b, i, SHIFT);
    s->mean = norm_row(b, i, MEAN), s->variance = norm_row(b, i, VARIANCE);
    s->ws = ws && dnnl_memory_desc_get_size(ws) ? tensor_new(p, ws, 0) : (tensor){-1, NULL};
    s->z = tensor_new(p, desc_of(s->norm, DNNL_ARG_DST), 0);
    EMIT(p, BN_FWD, i, s->norm, {DNNL_ARG_SRC, s->y}, {DNNL_ARG_DST, s->z}, {DNNL_ARG_SCALE, s->scale}, {DNNL_ARG_SHIFT, s->shift},
         {DNNL_ARG_MEAN, s->mean}, {DNNL_ARG_VARIANCE, s->variance}, {DNNL_ARG_WORKSPACE, s->ws});
}

// add_forward is z = act(z + r) in one pass.
static void add_forward(build *b, int i) {
    const layer *l = &b->n->l[i];
    plan *p = b->p;
    tensor z = b->s[i].z, r = as(p, b->value[l->res + 1], z.md, REORDER, i);
    dnnl_primitive_attr_t attr;
    dnnl_post_ops_t ops;
    dnnl_primitive_desc_t pd;
    TRY(dnnl_primitive_attr_create(&attr));
    TRY(dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user));
    TRY(dnnl_post_ops_create(&ops));
    if (l->act == ACT_RELU) TRY(dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_relu, 0, 0));
    if (l->act == ACT_RELU6) TRY(dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_clip, 0, 6));
    TRY(dnnl_primitive_attr_set_post_ops(attr, ops));
    TRY(dnnl_binary_primitive_desc_create(&pd, p->engine, dnnl_binary_add, z.md, r.md, z.md, attr));
    dnnl_post_ops_destroy(ops);
    dnnl_primitive_attr_destroy(attr);
    EMIT(p, ADD, i, pd, {DNNL_ARG_SRC_0, z}, {DNNL_ARG_SRC_1, r}, {DNNL_ARG_DST, z});
}

static dnnl_primitive_desc_t act_pd(build *b, const layer *l, const_dnnl_memory_desc_t md) {
    dnnl_primitive_desc_t pd;
    TRY(dnnl_eltwise_forward_primitive_desc_create(&pd, b->p->engine, dnnl_forward_training, alg(l), md, md, 0, top(l), b->p->attr));
    return pd;
}

void conv_train(build *b, int i) {
    const layer *l = &b->n->l[i];
    saved *s = &b->s[i];
    plan *p = b->p;
    s->pd = conv_forward(b, i, dnnl_forward_training, 0, p->attr);
    s->x = as(p, b->value[l->x + 1], desc_of(s->pd, DNNL_ARG_SRC), REORDER, i);
    s->w = conv_weights(b, i, desc_of(s->pd, DNNL_ARG_WEIGHTS), WEIGHT);
    s->y = tensor_new(p, desc_of(s->pd, DNNL_ARG_DST), 0);
    EMIT(p, CONV_FWD, i, s->pd, {DNNL_ARG_SRC, s->x}, {DNNL_ARG_WEIGHTS, s->w}, {DNNL_ARG_DST, s->y});
    norm_forward(b, i);
    if (l->res != NONE)
        add_forward(b, i);
    else if (l->act != ACT_NONE && !fused(l))
        EMIT(p, ACT_FWD, i, act_pd(b, l, s->z.md), {DNNL_ARG_SRC, s->z}, {DNNL_ARG_DST, s->z});
    b->value[i + 1] = s->z;
}

// act_back is dz = dz where the activation let through, in place.
static void act_back(build *b, int i, tensor dz) {
    const layer *l = &b->n->l[i];
    const_dnnl_memory_desc_t md = b->s[i].z.md;
    dnnl_primitive_desc_t hint = act_pd(b, l, md), pd;
    own_pd(b->p, hint);
    TRY(dnnl_eltwise_backward_primitive_desc_create(&pd, b->p->engine, alg(l), md, md, md, 0, top(l), hint, b->p->attr));
    EMIT(b->p, ACT_BWD, i, pd, {DNNL_ARG_DST, b->s[i].z}, {DNNL_ARG_DIFF_DST, dz}, {DNNL_ARG_DIFF_SRC, dz});
}

// norm_back returns dy; it takes dz's place unless the residual needs dz.
static tensor norm_back(build *b, int i, tensor dz) {
    saved *s = &b->s[i];
    plan *p = b->p;
    dnnl_primitive_desc_t pd;
    TRY(dnnl_batch_normalization_backward_primitive_desc_create(&pd, p->engine, dnnl_backward, s->y.md, s->z.md, s->y.md,
                                                                (float)b->n->eps, s->flags, s->norm, p->attr));
    int shared = b->n->l[i].res >= b->from;
    tensor dy = shared ? tensor_new(p, s->y.md, 0) : (tensor){dz.buf, s->y.md};
    tensor dscale = tensor_new(p, s->scale.md, 1), dshift = tensor_new(p, s->shift.md, 1);
    EMIT(p, BN_BWD, i, pd, {DNNL_ARG_SRC, s->y}, {DNNL_ARG_DIFF_DST, dz}, {DNNL_ARG_SCALE, s->scale}, {DNNL_ARG_MEAN, s->mean},
         {DNNL_ARG_VARIANCE, s->variance}, {DNNL_ARG_WORKSPACE, s->ws}, {DNNL_ARG_DIFF_SRC, dy}, {DNNL_ARG_DIFF_SCALE, dscale},
         {DNNL_ARG_DIFF_SHIFT, dshift});
    gradient_of(p, s->scale, dscale, i);
    gradient_of(p, s->shift, dshift, i);
    return dy;
}

static void weights_back(build *b, int i, tensor dy) {
    saved *s = &b->s[i];
    plan *p = b->p;
    dnnl_primitive_desc_t pd = conv_backward_weights(b, i, s->pd);
    tensor x = as(p, s->x, desc_of(pd, DNNL_ARG_SRC), REORDER, i);
    dy = as(p, dy, desc_of(pd, DNNL_ARG_DIFF_DST), REORDER, i);
    tensor dw = tensor_new(p, desc_of(pd, DNNL_ARG_DIFF_WEIGHTS), 0);
    EMIT(p, CONV_BWD_WEIGHTS, i, pd, {DNNL_ARG_SRC, x}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_WEIGHTS, dw});
    gradient_of(p, s->w, dw, i);
}

static tensor data_back(build *b, int i, tensor dy) {
    saved *s = &b->s[i];
    plan *p = b->p;
    dnnl_primitive_desc_t pd = conv_backward_data(b, i, s->pd);
    tensor w = as(p, s->w, desc_of(pd, DNNL_ARG_WEIGHTS), REORDER_WEIGHTS, i);
    dy = as(p, dy, desc_of(pd, DNNL_ARG_DIFF_DST), REORDER, i);
    tensor dx = tensor_new(p, desc_of(pd, DNNL_ARG_DIFF_SRC), 0);
    EMIT(p, CONV_BWD_DATA, i, pd, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_SRC, dx});
    return dx;
}

void conv_back(build *b, int i) {
    const layer *l = &b->n->l[i];
    if (b->grad[i].buf < 0) fail("layer %d has no gradient", i);
    tensor dz = as(b->p, b->grad[i], b->s[i].z.md, REORDER, i);
    if (l->act != ACT_NONE && !fused(l)) act_back(b, i, dz);
    tensor dy = norm_back(b, i, dz);
    if (l->res >= b->from) add_grad(b, l->res, dz);
    weights_back(b, i, dy);
    if (l->x >= b->from) add_grad(b, l->x, data_back(b, i, dy));
}
