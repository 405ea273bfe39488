// A task of a net as a plan: which layers are folded, which train.
#ifndef BARE_BUILD_H
#define BARE_BUILD_H

#include "net.h"
#include "plan.h"

// Layers before `from` run in inference form: BatchNorm folded, convolution + bias + add +
// activation in one primitive. The others train. `stats`: BatchNorm takes those of the batch.
typedef struct {
    int from, stats;
} split;

// What the backward pass needs of a layer's forward pass.
typedef struct {
    tensor x, w, y, z; // input, weights, convolution's result, layer's result; each in its primitive's layout
    tensor scale, shift, mean, variance, ws;
    dnnl_primitive_desc_t pd, norm;
    unsigned flags;
} saved;

typedef struct {
    const net *n;
    plan *p;
    int batch, from, stats;
    tensor value[MAX_LAYERS + 1]; // [i + 1]: result of layer i, [0]: the picture
    tensor grad[MAX_LAYERS];      // buf -1: none yet
    saved s[MAX_LAYERS];
} build;

// plan_task builds full, affine, last, head or infer. It fills *out first, so that a
// failure leaves something to free.
void plan_task(plan **out, const net *n, const char *task, int batch);

// Descriptors of layer l's tensors, [N C H W].
const_dnnl_memory_desc_t result_any(build *b, int i);
const_dnnl_memory_desc_t result_plain(build *b, int i);
const_dnnl_memory_desc_t result_as(build *b, int i, dnnl_format_tag_t tag);
const_dnnl_memory_desc_t row_desc(build *b, int n); // [n]

// weights of a convolution, from its primitive's layout.
tensor conv_weights(build *b, int i, const_dnnl_memory_desc_t md, fill f);
tensor norm_row(build *b, int i, fill f);

// The three convolutions of layer i; layouts left open.
dnnl_primitive_desc_t conv_forward(build *b, int i, dnnl_prop_kind_t prop, int bias, const_dnnl_primitive_attr_t attr);
dnnl_primitive_desc_t conv_backward_data(build *b, int i, const_dnnl_primitive_desc_t hint);
dnnl_primitive_desc_t conv_backward_weights(build *b, int i, const_dnnl_primitive_desc_t hint);

// pool.c: max and mean.
void pool_forward(build *b, int i, int training);
void pool_backward(build *b, int i);

// full.c: the classifier and the loss.
void full_forward(build *b, int i, int training);
void full_backward(build *b, int i);

// infer.c, train.c
void conv_folded(build *b, int i);
void conv_train(build *b, int i);
void conv_back(build *b, int i);

// add_grad adds t to the gradient of layer i's result; nothing if that is not needed.
void add_grad(build *b, int i, tensor t);

#endif
