//go:build ignore

// First values of parameters and of the picture: counter-based, a function of (layer, kind,
// index), so that the folded and the training form of a net hold the same net.
#include "plan.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

// draw is uniform in [-1, 1): splitmix64 of a counter.
static float draw(int layer, fill f, long i) {
    uint64_t z = ((uint64_t)(layer + 2) << 48) + ((uint64_t)f << 40) + (uint64_t)i;
    z = (z + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (float)((double)(int64_t)(z ^ (z >> 31)) / 9223372036854775808.0);
}

static float norm_value(int layer, fill f, long c) {
    float u = draw(layer, f, c);
    return f == SCALE ? 1 + .1f * u : f == VARIANCE ? 1.25f + .25f * u : .1f * u;
}

// slope is scale/sqrt(variance + eps) of channel c.
static float slope(const parameter *q, long c) {
    return norm_value(q->layer, SCALE, c) / sqrtf(norm_value(q->layer, VARIANCE, c) + (float)q->eps);
}

static float value(const parameter *q, long i) {
    switch (q->fill) {
    case PICTURE: return 1.7f * draw(q->layer, PICTURE, i);
    case WEIGHT: // variance 2/fan_in
    case FOLDED_WEIGHT: {
        float w = draw(q->layer, WEIGHT, i) * sqrtf(6.f / q->row);
        return q->fill == WEIGHT ? w : w * slope(q, i / q->row);
    }
    case FOLDED_BIAS: return norm_value(q->layer, SHIFT, i) - norm_value(q->layer, MEAN, i) * slope(q, i);
    case FC_WEIGHT: return draw(q->layer, FC_WEIGHT, i) / sqrtf((float)q->row);
    case FC_BIAS: return 0;
    default: return norm_value(q->layer, q->fill, i);
    }
}

// reorder copies between two places at once.
static void reorder(plan *p, const_dnnl_memory_desc_t from, void *src, const_dnnl_memory_desc_t to, void *dst) {
    dnnl_primitive_desc_t pd;
    dnnl_primitive_t prim;
    dnnl_memory_t a, b;
    TRY(dnnl_reorder_primitive_desc_create(&pd, from, p->engine, to, p->engine, NULL));
    TRY(dnnl_primitive_create(&prim, pd));
    TRY(dnnl_memory_create(&a, from, p->engine, src));
    TRY(dnnl_memory_create(&b, to, p->engine, dst));
    TRY(dnnl_primitive_execute(prim, p->stream, 2, (dnnl_exec_arg_t[]){{DNNL_ARG_FROM, a}, {DNNL_ARG_TO, b}}));
    TRY(dnnl_stream_wait(p->stream));
    dnnl_memory_destroy(a);
    dnnl_memory_destroy(b);
    dnnl_primitive_destroy(prim);
    dnnl_primitive_desc_destroy(pd);
}

void fill_all(plan *p) {
    for (int i = 0; i < p->nparams; i++) {
        const parameter *q = &p->params[i];
        long n = (long)(dnnl_memory_desc_get_size(q->plain) / sizeof(float));
        float *v = malloc(n * sizeof *v);
        for (long j = 0; j < n; j++) v[j] = value(q, j);
        reorder(p, q->plain, v, q->t.md, address(p, q->t));
        free(v);
    }
}

float *plain_copy(plan *p, tensor t, long *n) {
    dnnl_dims_t *dims;
    int rank;
    long d[5];
    TRY(dnnl_memory_desc_query(t.md, dnnl_query_ndims_s32, &rank));
    TRY(dnnl_memory_desc_query(t.md, dnnl_query_dims, &dims));
    *n = 1;
    for (int i = 0; i < rank; i++) *n *= d[i] = (*dims)[i];
    float *v = malloc(*n * sizeof *v);
    reorder(p, t.md, address(p, t), desc_plain(p, rank, d), v);
    return v;
}

tensor parameter_new(plan *p, const_dnnl_memory_desc_t md, const_dnnl_memory_desc_t plain, fill f, int layer, int row, double eps) {
    tensor t = tensor_new(p, md, 1);
    p->params[p->nparams++] = (parameter){t, plain, f, layer, row, eps, {-1, NULL}};
    return t;
}

// The optimiser, which is not part of the plan, wants the gradient where the weight is.
void gradient_of(plan *p, tensor w, tensor g, int layer) {
    g = as(p, g, w.md, REORDER_WEIGHTS, layer);
    p->bufs[g.buf].keep = 1;
    for (int i = 0; i < p->nparams; i++)
        if (p->params[i].t.buf == w.buf) p->params[i].grad = g;
}
