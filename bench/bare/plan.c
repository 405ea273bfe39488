//go:build ignore

#include "plan.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *kind_names[KINDS] = {"conv_fwd", "conv_bwd_data", "conv_bwd_weights", "bn_fwd", "bn_bwd", "act_fwd", "act_bwd",
                                 "add", "pool", "fc", "loss", "reorder_weights", "reorder"};

static void keep(owned *o, void *x) {
    if (o->n == o->room) o->p = realloc(o->p, (o->room = o->room ? 2 * o->room : 64) * sizeof *o->p);
    o->p[o->n++] = x;
}

double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

plan *plan_new(void) {
    plan *p = calloc(1, sizeof *p);
    p->steps = calloc(MAX_STEPS, sizeof *p->steps);
    p->bufs = calloc(MAX_BUFFERS, sizeof *p->bufs);
    p->params = calloc(MAX_BUFFERS, sizeof *p->params);
    p->scratch = p->logits.buf = p->dlogits.buf = p->out.buf = -1;
    return p;
}

const_dnnl_memory_desc_t desc_as(plan *p, int n, const long *dims, dnnl_format_tag_t tag) {
    dnnl_dims_t d;
    dnnl_memory_desc_t md;
    for (int i = 0; i < n; i++) d[i] = dims[i];
    TRY(dnnl_memory_desc_create_with_tag(&md, n, d, dnnl_f32, tag));
    keep(&p->descs, md);
    return md;
}

const_dnnl_memory_desc_t desc_any(plan *p, int n, const long *dims) { return desc_as(p, n, dims, dnnl_format_tag_any); }

const_dnnl_memory_desc_t desc_plain(plan *p, int n, const long *dims) {
    static const dnnl_format_tag_t tags[] = {0, dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde};
    return desc_as(p, n, dims, tags[n]);
}

const_dnnl_memory_desc_t desc_of(const_dnnl_primitive_desc_t pd, int arg) {
    return dnnl_primitive_desc_query_md(pd, dnnl_query_exec_arg_md, arg);
}

int buffer_new(plan *p, const_dnnl_memory_desc_t md, int keep) {
    if (p->nbufs == MAX_BUFFERS) fail("more than %d buffers", MAX_BUFFERS);
    p->bufs[p->nbufs] = (buffer){dnnl_memory_desc_get_size(md), 0, MAX_STEPS, -1, keep};
    return p->nbufs++;
}

tensor tensor_new(plan *p, const_dnnl_memory_desc_t md, int keep) { return (tensor){buffer_new(p, md, keep), md}; }

char *address(const plan *p, tensor t) { return p->arena + p->bufs[t.buf].offset; }

void own_pd(plan *p, dnnl_primitive_desc_t pd) { keep(&p->pds, pd); }

// All steps share one scratchpad.
static binding scratchpad(plan *p, dnnl_primitive_desc_t pd) {
    const_dnnl_memory_desc_t md = desc_of(pd, DNNL_ARG_SCRATCHPAD);
    size_t bytes = md ? dnnl_memory_desc_get_size(md) : 0;
    if (!bytes) return (binding){DNNL_ARG_SCRATCHPAD, {-1, NULL}};
    if (p->scratch < 0) p->scratch = buffer_new(p, md, 1);
    if (p->bufs[p->scratch].bytes < bytes) p->bufs[p->scratch].bytes = bytes;
    return (binding){DNNL_ARG_SCRATCHPAD, {p->scratch, md}};
}

void emit(plan *p, kind k, int layer, dnnl_primitive_desc_t pd, int n, const binding *b) {
    if (p->nsteps == MAX_STEPS || n >= MAX_ARGS) fail("more than %d steps or %d arguments", MAX_STEPS, MAX_ARGS - 1);
    step *s = &p->steps[p->nsteps++];
    s->kind = k, s->layer = layer;
    if (pd) {
        own_pd(p, pd);
        TRY(dnnl_primitive_create(&s->prim, pd));
        keep(&p->prims, s->prim);
        dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &s->impl);
    }
    for (int i = 0; i < n; i++)
        if (b[i].t.buf >= 0) s->bind[s->n++] = b[i];
    binding scratch = pd ? scratchpad(p, pd) : (binding){0, {-1, NULL}};
    if (scratch.t.buf >= 0) s->bind[s->n++] = scratch;
    for (int i = 0; i < s->n; i++) {
        buffer *u = &p->bufs[s->bind[i].t.buf];
        if (p->nsteps - 1 < u->first) u->first = p->nsteps - 1;
        u->last = p->nsteps - 1;
    }
}

tensor as(plan *p, tensor t, const_dnnl_memory_desc_t md, kind k, int layer) {
    if (dnnl_memory_desc_equal(t.md, md)) return t;
    dnnl_primitive_desc_t pd;
    TRY(dnnl_reorder_primitive_desc_create(&pd, t.md, p->engine, md, p->engine, p->attr));
    tensor to = tensor_new(p, md, 0);
    EMIT(p, k, layer, pd, {DNNL_ARG_FROM, t}, {DNNL_ARG_TO, to});
    return to;
}

void memories(plan *p) {
    for (int i = 0; i < p->nsteps; i++) {
        step *s = &p->steps[i];
        for (int j = 0; s->prim && j < s->n; j++) {
            dnnl_memory_t m;
            TRY(dnnl_memory_create(&m, s->bind[j].t.md, p->engine, address(p, s->bind[j].t)));
            keep(&p->mems, m);
            s->arg[j] = (dnnl_exec_arg_t){s->bind[j].arg, m};
        }
    }
}

#define RELEASE(list, destroy, type)                                       \
    do {                                                                   \
        for (int i_ = (list).n; i_-- > 0;) destroy((type)(list).p[i_]);    \
        free((list).p);                                                    \
    } while (0)

void plan_free(plan *p) {
    if (!p) return;
    RELEASE(p->mems, dnnl_memory_destroy, dnnl_memory_t);
    RELEASE(p->prims, dnnl_primitive_destroy, dnnl_primitive_t);
    RELEASE(p->pds, dnnl_primitive_desc_destroy, dnnl_primitive_desc_t);
    RELEASE(p->descs, dnnl_memory_desc_destroy, dnnl_memory_desc_t);
    arena_free(p);
    if (p->attr) dnnl_primitive_attr_destroy(p->attr);
    if (p->stream) dnnl_stream_destroy(p->stream);
    if (p->engine) dnnl_engine_destroy(p->engine);
    free(p->steps);
    free(p->bufs);
    free(p->params);
    free(p);
}
