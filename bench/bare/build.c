//go:build ignore

#include "build.h"

#include <stdlib.h>
#include <string.h>

const_dnnl_memory_desc_t result_as(build *b, int i, dnnl_format_tag_t tag) {
    int c, h, w;
    net_in(b->n, i, &c, &h, &w);
    return desc_as(b->p, 4, (long[]){b->batch, c, h, w}, tag);
}

const_dnnl_memory_desc_t result_any(build *b, int i) { return result_as(b, i, dnnl_format_tag_any); }
const_dnnl_memory_desc_t result_plain(build *b, int i) { return result_as(b, i, dnnl_abcd); }
const_dnnl_memory_desc_t row_desc(build *b, int n) { return desc_plain(b->p, 1, (long[]){n}); }

void add_grad(build *b, int i, tensor t) {
    if (i < b->from) return;
    if (b->grad[i].buf < 0) {
        b->grad[i] = t;
        return;
    }
    tensor g = b->grad[i];
    t = as(b->p, t, g.md, REORDER, i);
    dnnl_primitive_desc_t pd;
    TRY(dnnl_binary_primitive_desc_create(&pd, b->p->engine, dnnl_binary_add, g.md, t.md, g.md, b->p->attr));
    EMIT(b->p, ADD, i, pd, {DNNL_ARG_SRC_0, g}, {DNNL_ARG_SRC_1, t}, {DNNL_ARG_DST, g});
}

static void forward(build *b, int i) {
    int training = i >= b->from;
    switch (b->n->l[i].kind) {
    case CONV: training ? conv_train(b, i) : conv_folded(b, i); return;
    case FC: full_forward(b, i, training); return;
    default: pool_forward(b, i, training);
    }
}

static void backward(build *b, int i) {
    switch (b->n->l[i].kind) {
    case CONV: conv_back(b, i); return;
    case FC: full_backward(b, i); return;
    default: pool_backward(b, i);
    }
}

static split split_of(const net *n, const char *task) {
    int fc = n->n && n->l[n->n - 1].kind == FC;
    if (!strcmp(task, "infer")) return (split){n->n, 0};
    if (!fc) fail("%s has no classifier: only infer", n->name);
    if (!strcmp(task, "full")) return (split){0, 1};
    if (!strcmp(task, "affine")) return (split){0, 0};
    if (!strcmp(task, "last")) return (split){n->tail, 0};
    if (!strcmp(task, "head")) return (split){n->n - 1, 0};
    fail("unknown task %s", task);
}

static void open(plan *p) {
    TRY(dnnl_engine_create(&p->engine, dnnl_cpu, 0));
    TRY(dnnl_stream_create(&p->stream, p->engine, dnnl_stream_default_flags));
    TRY(dnnl_primitive_attr_create(&p->attr));
    TRY(dnnl_primitive_attr_set_scratchpad_mode(p->attr, dnnl_scratchpad_mode_user));
}

void plan_task(plan **out, const net *n, const char *task, int batch) {
    split s = split_of(n, task);
    if (batch < 1) fail("batch %d", batch);
    plan *p = *out = plan_new();
    open(p);
    build *b = calloc(1, sizeof *b); // small; lost if the build fails
    b->n = n, b->p = p, b->batch = batch, b->from = s.from, b->stats = s.stats;
    for (int i = 0; i < n->n; i++) b->grad[i].buf = -1;
    b->value[0] = parameter_new(p, result_plain(b, -1), result_plain(b, -1), PICTURE, -1, 1, 0);
    for (int i = 0; i < n->n; i++) forward(b, i);
    p->out = b->value[n->n];
    p->bufs[p->out.buf].keep = 1;
    for (int i = n->n - 1; i >= s.from; i--) backward(b, i);
    free(b);
    plan_finish(p);
}
