// Own kernels: loops that the library lacks, on its threads. Each takes one block
// that lies beside the step list; all pointers are C memory. n counts elements.
//
// Results do not depend on the number of threads: a thread owns elements, and sums
// are taken per block of fixed size and then in order.
//
// Vectors of a blocked layout are processed with their padding, which is zero and
// stays zero under every kernel here that may meet it.
#ifndef GOTL_KERNELS_H
#define GOTL_KERNELS_H

#include "shim.h"

#pragma GCC visibility push(hidden)

// One copy of a loop per instruction set, chosen when the program starts. Not under
// AddressSanitizer, whose runtime is not ready when the choice is made.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define GOTL_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define GOTL_CLONES
#endif

enum {
    GOTL_GRAIN = 16384,   // elements below which a loop is not worth a parallel region
    GOTL_ALIGN = 16,      // floats in a cache line
    GOTL_SUM_BLOCK = 4096, // elements of one partial sum
    GOTL_BAD_INDEX = 1000,
    GOTL_MAX_RANK = 8
};

// y = value
typedef struct { float *y; float value; int64_t n; } gotl_fill_args;
int gotl_fill(const void *args);

// dst = src, n bytes
typedef struct { void *dst; const void *src; int64_t n; } gotl_copy_args;
int gotl_copy(const void *args);

// dst[i·dstep] = src[i·sstep] over all index tuples i below dims; steps in elements,
// of src also 0 (broadcast) or negative (reversed)
typedef struct {
    float *dst; const float *src;
    int64_t rank, dims[GOTL_MAX_RANK], dstep[GOTL_MAX_RANK], sstep[GOTL_MAX_RANK];
} gotl_stride_args;
int gotl_stride_copy(const void *args);

// y[i] = x[index[i]], rows of cols floats; index below height, else GOTL_BAD_INDEX
typedef struct { float *y; const float *x; const int64_t *index; int64_t rows, cols, height; } gotl_gather_args;
int gotl_gather(const void *args);

// y = a·x + b·y
typedef struct { float *y; const float *x; float a, b; int64_t n; } gotl_axpby_args;
int gotl_axpby(const void *args);

// y = s[0]·x; y may be x
typedef struct { float *y; const float *x, *s; int64_t n; } gotl_scale_args;
int gotl_scale(const void *args);

// y = keep·old + (1−keep)·scale·now; y may be old
typedef struct { float *y; const float *old, *now; float keep, scale; int64_t n; } gotl_blend_args;
int gotl_blend(const void *args);

// e' = d[0]·e + (1−d[0])·w; out may be e
typedef struct { float *out; const float *e, *w, *d; int64_t n; } gotl_ema_args;
int gotl_ema(const void *args);

// graph.SGD on one parameter. hyper = η, μ. Results may lie in w and v.
typedef struct {
    float *wout, *vout; const float *w, *g, *v, *hyper, *clip;
    float decay; int nesterov; int64_t n;
} gotl_sgd_args;
int gotl_sgd(const void *args);

// graph.Adam on one parameter. hyper = η, β₁, β₂, c₁, c₂. Results may lie in w, m, v.
typedef struct {
    float *wout, *mout, *vout; const float *w, *g, *m, *v, *hyper, *clip;
    float decay, eps; int decoupled; int64_t n;
} gotl_adam_args;
int gotl_adam(const void *args);

// part[i] = Σ x² over elements [i·4096, (i+1)·4096), in float64
typedef struct { double *part; const float *x; int64_t n; } gotl_squares_args;
int gotl_squares(const void *args);

// y[0] = √Σ part
typedef struct { float *y; const double *part; int64_t n; } gotl_norm_args;
int gotl_norm(const void *args);

// y[0] = min(1, most/(norm[0] + 1e-6))
typedef struct { float *y; const float *norm; float most; } gotl_clip_args;
int gotl_clip_factor(const void *args);

// loss[0] = −inv[0]·Σ q·ln softmax(x), rows [n k], a scratch double per row
typedef struct { float *loss; const float *x, *q, *inv; double *row; int64_t n, k; } gotl_loss_args;
int gotl_cross_entropy(const void *args);

// dx = dl[0]·inv[0]·(softmax(x)·Σ_c q − q), rows [n k]
typedef struct { float *dx; const float *x, *q, *inv, *dl; int64_t n, k; } gotl_loss_grad_args;
int gotl_cross_entropy_grad(const void *args);

// graph.ActGrad: dx = f'(v)·dy; v is the result for fn 1 Relu, 2 Clip, 4 Sigmoid,
// 5 Tanh, 8 Exp, the input for 3 LeakyRelu, 6 HardSigmoid, 7 HardSwish, 9 Log. dx may be dy.
// With half, all three are bfloat16.
typedef struct { float *dx; const float *v, *dy; int fn; float a, b; int64_t n; int half; } gotl_act_grad_args;
int gotl_act_grad(const void *args);

// kernel_dwgrad.c: dw [blocks kh kw b] of a depthwise convolution from x
// [n blocks h w b] and dy [n blocks oh ow b]; strides sh, sw, padding pt, pl at the top and
// on the left. part holds blocks·groups·kh·kw·b sums, a group is some pictures.
typedef struct {
    float *dw; const float *x, *dy; double *part;
    int64_t n, blocks, b, h, w, oh, ow, kh, kw, sh, sw, pt, pl, groups, group;
} gotl_dwgrad_args;
int gotl_dwgrad(const void *args);

// graph.DropoutTrain: rows [n k], rng = seed, epoch, n sample indices
typedef struct { float *y; const float *x; const int64_t *rng; int64_t n, k; float p; uint32_t tag; } gotl_dropout_args;
int gotl_dropout(const void *args);

// Physical order of a weight: element (((i·A + a)·R + r)·B + b)·T + t, i < I.. belongs
// to row a·B + b; rows from k on are padding.
typedef struct { int64_t i, a, r, b, t, k; } gotl_rows;

// graph.FoldNorm's vectors: s = scale/√(variance+eps), shift = (b − mean)·s + bias;
// b may be NULL
typedef struct { float *s, *shift; const float *scale, *bias, *mean, *variance, *b; float eps; int64_t n; } gotl_fold_args;
int gotl_fold(const void *args);

// y[e] = x[e]·s[row of e]
typedef struct { float *y; const float *x, *s; gotl_rows rows; } gotl_row_scale_args;
int gotl_row_scale(const void *args);

// graph.FoldNormGrad: dw = dy·s, dscale = r·(Σ dy·w + db·(b − mean)), dbias = db and
// dbout = db·s with s = scale·r; b and dbout may be NULL, dw may be dy
typedef struct {
    float *dw, *dscale, *dbias, *dbout;
    const float *w, *dy, *db, *scale, *mean, *variance, *b;
    float eps; gotl_rows rows;
} gotl_fold_grad_args;
int gotl_fold_grad(const void *args);

// kernel_mask.c, for this processor: bits[i] = lo < y[i] and not y[i] >= hi; d = dy where
// its bit is set, else 0; dst = src past the cache, after which fence is due.
typedef struct {
    void (*pack)(uint8_t *bits, const float *y, int64_t n, float lo, float hi);
    void (*select)(float *d, const uint8_t *bits, const float *dy, int64_t n);
    void (*stream)(float *dst, const float *src, int64_t n);
    void (*fence)(void);
} gotl_mask_ops;
const gotl_mask_ops *gotl_masks(void);

// gotl_isa_limit, for tests: 0 plain C, 1 AVX2, 2 and above all that the processor has.
extern int gotl_isa_limit;

// kernel_norm_v4.c: the loops of the batch normalisation on rows of 32 floats with a mask;
// NULL if this processor has none. k holds constants step apart; with stream, out and y
// begin at a cache line.
typedef struct {
    void (*sums)(const float *x, const float *dy, const uint8_t *bits, float *d, int64_t rows, const float *m, float *s1, float *s2);
    void (*dx)(float *out, const float *x, const float *dy, const uint8_t *bits, int64_t rows, const float *k, int64_t step, int stream);
    void (*apply)(float *y, const float *x, const float *r, uint8_t *bits, int64_t rows, const float *k, int64_t step,
                  float lo, float hi, int stream);
} gotl_bn_ops;
const gotl_bn_ops *gotl_bn_own(void);

// How the batch normalisation of a tensor [n c/b s b] is cut up: kernel_norm.c. sums
// is the number of doubles in part, bits that of bytes in a mask, 0 if there is none.
typedef struct {
    int64_t n, c, channels, count, len, step, width, strips, chunk, chunks, group, groups, units, sums, bits;
} gotl_bn_plan;
void gotl_bn_cut(gotl_bn_plan *p, int64_t n, int64_t c, int64_t s, int64_t b, int64_t channels);

// graph.FusedBatchNormTrain and its gradient. The activation is min(max(v, lo), hi),
// hi NaN where there is none. Forward: x, r (may be NULL) -> y, mean, variance and, unless
// NULL, bits: where the activation let through; y may be x or r. Backward: x, dy, bits or
// y (both NULL: no activation), mean, variance -> dx, dscale, dbias, d unless NULL; dx may
// be any of x, y, dy, and d may be dy. part: plan.sums doubles; coef: 5·c floats.
typedef struct {
    float *y, *mean, *variance, *dx, *d, *dscale, *dbias;
    const float *x, *r, *scale, *bias, *dy;
    uint8_t *bits;
    double *part; float *coef;
    float eps, lo, hi;
    int stream; // the result is large and lies in memory of its own
    int half;   // y, dx, d, x, r and dy are bfloat16: kernel_norm_half.h
    gotl_bn_plan plan;
} gotl_bn_args;
int gotl_bn_forward(const void *args);
int gotl_bn_backward(const void *args);

// y[c] = Σ x over all but the channels; x lies as [n c/b s b], c counts padded
// channels, channels of them are written
typedef struct { float *y; const float *x; int64_t n, c, s, b, channels; } gotl_channel_args;
int gotl_channel_sum(const void *args);

// y = 0 in the padding channels of [n c/b s b]; less than one block is padding
typedef struct { float *y; int64_t n, c, s, b, channels; } gotl_tail_args;
int gotl_zero_tail(const void *args);

// y[i] = fn(a[i·astep], b[i·bstep]) over all index tuples i below dims; y is dense;
// fn as graph.BinaryFn; steps of 0 broadcast
typedef struct {
    float *y; const float *a, *b;
    int64_t fn, rank, dims[GOTL_MAX_RANK], astep[GOTL_MAX_RANK], bstep[GOTL_MAX_RANK];
} gotl_binary_args;
int gotl_binary(const void *args);

// y = fn(a, b) with a and y as [n c/block s block], c counting padded channels, and b
// at n·nstep + c·cstep + s·sstep; y's padding becomes 0. y may be a.
typedef struct {
    float *y; const float *a, *b;
    int64_t fn, n, c, s, block, channels, nstep, cstep, sstep;
} gotl_channel_binary_args;
int gotl_channel_binary(const void *args);

// y[k] = scale·Σ_r x[k·kstep + r·rstep]: kept and reduced axes
typedef struct {
    float *y; const float *x;
    double scale;
    int64_t krank, kdims[GOTL_MAX_RANK], kstep[GOTL_MAX_RANK], rrank, rdims[GOTL_MAX_RANK], rstep[GOTL_MAX_RANK];
} gotl_reduce_args;
int gotl_reduce(const void *args);

// graph.LRN on row-major [n c s]; for the gradient y is dx and dy is read
typedef struct { float *y; const float *x, *dy; float alpha, beta, bias; int64_t size, n, c, s; } gotl_lrn_args;
int gotl_lrn(const void *args);
int gotl_lrn_grad(const void *args);

#pragma GCC visibility pop
#endif
