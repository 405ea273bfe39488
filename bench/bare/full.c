//go:build ignore

// The classifier on [N C 1 1], and the loss behind it.
#include "build.h"

typedef struct {
    const_dnnl_memory_desc_t x, w, plain, bias, y;
} shapes;

static shapes shapes_of(build *b, int i) {
    const layer *l = &b->n->l[i];
    int c, h, w;
    net_in(b->n, l->x, &c, &h, &w);
    long dims[] = {l->c, c, h, w};
    return (shapes){result_any(b, l->x), desc_any(b->p, 4, dims), desc_plain(b->p, 4, dims), row_desc(b, l->c),
                    desc_plain(b->p, 2, (long[]){b->batch, l->c})};
}

static void loss(build *b, int i, tensor y) {
    plan *p = b->p;
    p->logits = y, p->dlogits = tensor_new(p, y.md, 0);
    p->rows = b->batch, p->classes = b->n->l[i].c;
    EMIT(p, LOSS, i, NULL, {0, p->logits}, {0, p->dlogits});
    b->grad[i] = p->dlogits;
}

void full_forward(build *b, int i, int training) {
    const layer *l = &b->n->l[i];
    saved *s = &b->s[i];
    shapes d = shapes_of(b, i);
    int row = b->n->l[l->x].c;
    TRY(dnnl_inner_product_forward_primitive_desc_create(&s->pd, b->p->engine,
                                                         training ? dnnl_forward_training : dnnl_forward_inference, d.x, d.w, d.bias,
                                                         d.y, b->p->attr));
    s->x = as(b->p, b->value[l->x + 1], desc_of(s->pd, DNNL_ARG_SRC), REORDER, i);
    s->w = parameter_new(b->p, desc_of(s->pd, DNNL_ARG_WEIGHTS), d.plain, FC_WEIGHT, i, row, 0);
    s->shift = parameter_new(b->p, d.bias, d.bias, FC_BIAS, i, 1, 0);
    s->z = tensor_new(b->p, d.y, 0);
    EMIT(b->p, FULL, i, s->pd, {DNNL_ARG_SRC, s->x}, {DNNL_ARG_WEIGHTS, s->w}, {DNNL_ARG_BIAS, s->shift}, {DNNL_ARG_DST, s->z});
    b->value[i + 1] = s->z;
    if (training) loss(b, i, s->z);
}

static void weights_back(build *b, int i, shapes d) {
    saved *s = &b->s[i];
    dnnl_primitive_desc_t pd;
    TRY(dnnl_inner_product_backward_weights_primitive_desc_create(&pd, b->p->engine, d.x, d.w, d.bias, d.y, s->pd, b->p->attr));
    tensor x = as(b->p, s->x, desc_of(pd, DNNL_ARG_SRC), REORDER, i);
    tensor dw = tensor_new(b->p, desc_of(pd, DNNL_ARG_DIFF_WEIGHTS), 0), db = tensor_new(b->p, d.bias, 1);
    EMIT(b->p, FULL, i, pd, {DNNL_ARG_SRC, x}, {DNNL_ARG_DIFF_DST, b->grad[i]}, {DNNL_ARG_DIFF_WEIGHTS, dw}, {DNNL_ARG_DIFF_BIAS, db});
    gradient_of(b->p, s->w, dw, i);
    gradient_of(b->p, s->shift, db, i);
}

void full_backward(build *b, int i) {
    const layer *l = &b->n->l[i];
    saved *s = &b->s[i];
    shapes d = shapes_of(b, i);
    weights_back(b, i, d);
    if (l->x < b->from) return;
    dnnl_primitive_desc_t pd;
    TRY(dnnl_inner_product_backward_data_primitive_desc_create(&pd, b->p->engine, d.x, d.w, d.y, s->pd, b->p->attr));
    tensor w = as(b->p, s->w, desc_of(pd, DNNL_ARG_WEIGHTS), REORDER_WEIGHTS, i);
    tensor dx = tensor_new(b->p, desc_of(pd, DNNL_ARG_DIFF_SRC), 0);
    EMIT(b->p, FULL, i, pd, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DIFF_DST, b->grad[i]}, {DNNL_ARG_DIFF_SRC, dx});
    add_grad(b, l->x, dx);
}
