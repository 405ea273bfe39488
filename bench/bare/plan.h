// A plan is a list of oneDNN primitives over buffers in one arena, made once and run often.
//
// Building: buffer_new names memory, emit appends a primitive. plan_finish gives buffers
// that live at different times the same place, fills weights and makes the memory
// objects. Nothing is allocated afterwards. A failure leaves by fail().
#ifndef BARE_PLAN_H
#define BARE_PLAN_H

#include <oneapi/dnnl/dnnl.h>
#include <stddef.h>

// What a step is, for the profile.
typedef enum {
    CONV_FWD, CONV_BWD_DATA, CONV_BWD_WEIGHTS, BN_FWD, BN_BWD, ACT_FWD, ACT_BWD, ADD,
    POOL, FULL, LOSS, REORDER_WEIGHTS, REORDER, KINDS
} kind;
extern const char *kind_names[KINDS];

typedef struct {
    int buf; // -1: no tensor
    const_dnnl_memory_desc_t md;
} tensor;

typedef struct {
    int arg; // DNNL_ARG_...
    tensor t;
} binding;

enum { MAX_ARGS = 12, MAX_STEPS = 4096, MAX_BUFFERS = 8192 };

typedef struct {
    kind kind;
    int layer;
    const char *impl;      // which of the library's implementations
    dnnl_primitive_t prim; // NULL: the loss
    int n;
    binding bind[MAX_ARGS];
    dnnl_exec_arg_t arg[MAX_ARGS];
    double best; // seconds, after plan_profile
} step;

typedef struct {
    size_t bytes, offset;
    int first, last; // steps that touch it
    int keep;        // lives through all steps
} buffer;

// A parameter: how its first values are drawn (see fill.c), and its gradient.
typedef enum { PICTURE, WEIGHT, FOLDED_WEIGHT, FOLDED_BIAS, SCALE, SHIFT, MEAN, VARIANCE, FC_WEIGHT, FC_BIAS } fill;
typedef struct {
    tensor t;
    const_dnnl_memory_desc_t plain; // [K C/G k k] and the like
    fill fill;
    int layer, row; // row: elements for one output channel
    double eps;
    tensor grad; // same layout as t
} parameter;

typedef struct { // the list grows by doubling
    void **p;
    int n, room;
} owned;

typedef struct {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_attr_t attr; // user scratchpad, nothing else
    step *steps;
    int nsteps;
    buffer *bufs;
    int nbufs, scratch;
    parameter *params;
    int nparams;
    owned descs, prims, pds, mems;
    char *arena;
    size_t bytes;
    tensor logits, dlogits; // [N K] plain; dlogits.buf -1: no loss
    int rows, classes;
    double loss;
    tensor out; // result of the last layer
} plan;

// fail leaves with a message; where to is the protocol's affair.
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
#define TRY(call)                                                        \
    do {                                                                 \
        dnnl_status_t status_ = (call);                                  \
        if (status_) fail("%s: oneDNN status %d", #call, (int)status_);  \
    } while (0)

plan *plan_new(void);
void plan_finish(plan *p);
void plan_run(plan *p);
void plan_profile(plan *p, int rounds); // fills step.best
void plan_free(plan *p);                // also a half-made one

int buffer_new(plan *p, const_dnnl_memory_desc_t md, int keep);
tensor tensor_new(plan *p, const_dnnl_memory_desc_t md, int keep);
char *address(const plan *p, tensor t);

// Descriptors live as long as the plan. Layout: any, or plain (abcd...).
const_dnnl_memory_desc_t desc_as(plan *p, int n, const long *dims, dnnl_format_tag_t tag);
const_dnnl_memory_desc_t desc_any(plan *p, int n, const long *dims);
const_dnnl_memory_desc_t desc_plain(plan *p, int n, const long *dims);
const_dnnl_memory_desc_t desc_of(const_dnnl_primitive_desc_t pd, int arg);

// emit appends the primitive of pd, which the plan then owns.
void emit(plan *p, kind k, int layer, dnnl_primitive_desc_t pd, int n, const binding *b);
#define EMIT(p, k, layer, pd, ...) \
    emit(p, k, layer, pd, (int)(sizeof((binding[]){__VA_ARGS__}) / sizeof(binding)), (binding[]){__VA_ARGS__})
void own_pd(plan *p, dnnl_primitive_desc_t pd);

// as returns t in layout md, reordered by a step if it is in another.
tensor as(plan *p, tensor t, const_dnnl_memory_desc_t md, kind k, int layer);

// parameter_new returns a tensor of layout md that fill.c gives its values.
tensor parameter_new(plan *p, const_dnnl_memory_desc_t md, const_dnnl_memory_desc_t plain, fill f, int layer, int row, double eps);
// gradient_of says that g (layout of w, or another) is the gradient of parameter w.
void gradient_of(plan *p, tensor w, tensor g, int layer);
void fill_all(plan *p);
// plain_copy reorders t into a new array of n floats, [N C H W]; the caller frees it.
float *plain_copy(plan *p, tensor t, long *n);

double now(void);

void memories(plan *p);   // plan.c: the memory objects of all steps
void arena_free(plan *p); // arena.c

#endif
