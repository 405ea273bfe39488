//go:build ignore

#include "build.h"

typedef struct {
    dnnl_dims_t stride, kernel, dilation, pad;
} frame;

static frame frame_of(const layer *l) {
    return (frame){{l->stride, l->stride}, {l->k, l->k}, {0, 0}, {l->pad0, l->pad0}};
}

static dnnl_alg_kind_t alg(const layer *l) { return l->kind == MAXPOOL ? dnnl_pooling_max : dnnl_pooling_avg_exclude_padding; }

void pool_forward(build *b, int i, int training) {
    const layer *l = &b->n->l[i];
    saved *s = &b->s[i];
    frame f = frame_of(l);
    dnnl_primitive_desc_t pd;
    s->x = b->value[l->x + 1];
    TRY(dnnl_pooling_forward_primitive_desc_create(&pd, b->p->engine, training ? dnnl_forward_training : dnnl_forward_inference,
                                                   alg(l), s->x.md, result_any(b, i), f.stride, f.kernel, f.dilation, f.pad, f.pad,
                                                   b->p->attr));
    const_dnnl_memory_desc_t ws = desc_of(pd, DNNL_ARG_WORKSPACE);
    s->pd = pd;
    s->ws = ws && dnnl_memory_desc_get_size(ws) ? tensor_new(b->p, ws, 0) : (tensor){-1, NULL};
    s->z = tensor_new(b->p, desc_of(pd, DNNL_ARG_DST), 0);
    EMIT(b->p, POOL, i, pd, {DNNL_ARG_SRC, s->x}, {DNNL_ARG_DST, s->z}, {DNNL_ARG_WORKSPACE, s->ws});
    b->value[i + 1] = s->z;
}

void pool_backward(build *b, int i) {
    const layer *l = &b->n->l[i];
    saved *s = &b->s[i];
    frame f = frame_of(l);
    dnnl_primitive_desc_t pd;
    if (l->x < b->from) return;
    tensor dz = as(b->p, b->grad[i], s->z.md, REORDER, i), dx = tensor_new(b->p, s->x.md, 0);
    TRY(dnnl_pooling_backward_primitive_desc_create(&pd, b->p->engine, alg(l), dx.md, dz.md, f.stride, f.kernel, f.dilation, f.pad,
                                                    f.pad, s->pd, b->p->attr));
    EMIT(b->p, POOL, i, pd, {DNNL_ARG_DIFF_DST, dz}, {DNNL_ARG_DIFF_SRC, dx}, {DNNL_ARG_WORKSPACE, s->ws});
    add_grad(b, l->x, dx);
}
