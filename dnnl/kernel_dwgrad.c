#include "kernels.h"

#include <string.h>

// Weight gradient of a depthwise convolution on tensors [n c/b h w b], b = 8 or 16. A
// unit is a block of channels of some pictures, the same units for any number of
// threads; its sums are taken per picture in float, over pictures in double. Taps that
// fall beside the picture are cut off row by row; in a row, columns at which all taps
// lie within are one loop without conditions.
enum { MOST_TAPS = 64 };

#define INLINE static inline __attribute__((always_inline))

typedef float v8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef float v16 __attribute__((vector_size(64), aligned(4), may_alias));

// acc[k] += Σ_i dy[i]·x[i·step + k] for KW taps of a row, vectors of type V. x is where
// tap 0 of column 0 lies, which may be beside the picture.
#define SPAN(V, KW)                                                                        \
    do {                                                                                   \
        V s[KW];                                                                           \
        _Pragma("GCC unroll 8") for (int k = 0; k < KW; k++) s[k] = ((V *)acc)[k];         \
        for (int64_t i = lo; i < hi; i++) {                                                \
            V d = ((const V *)dy)[i];                                                      \
            const V *at = (const V *)x + i * step;                                         \
            _Pragma("GCC unroll 8") for (int k = 0; k < KW; k++) s[k] += d * at[k];        \
        }                                                                                  \
        _Pragma("GCC unroll 8") for (int k = 0; k < KW; k++) ((V *)acc)[k] = s[k];         \
    } while (0)

// The same for two rows of the kernel at once: x2 and acc2 belong to the second.
#define SPAN2(V, KW)                                                                       \
    do {                                                                                   \
        V s[KW], t[KW];                                                                    \
        _Pragma("GCC unroll 8") for (int k = 0; k < KW; k++) s[k] = ((V *)acc)[k], t[k] = ((V *)acc2)[k]; \
        for (int64_t i = lo; i < hi; i++) {                                                \
            V d = ((const V *)dy)[i];                                                      \
            const V *at = (const V *)x + i * step, *at2 = (const V *)x2 + i * step;        \
            _Pragma("GCC unroll 8") for (int k = 0; k < KW; k++) s[k] += d * at[k], t[k] += d * at2[k]; \
        }                                                                                  \
        _Pragma("GCC unroll 8") for (int k = 0; k < KW; k++) ((V *)acc)[k] = s[k], ((V *)acc2)[k] = t[k]; \
    } while (0)

#define BY_WIDTH(DO, V)                                  \
    switch (kw) {                                        \
    case 3: DO(V, 3); break;                             \
    case 5: DO(V, 5); break;                             \
    case 7: DO(V, 7); break;                             \
    default: for (int64_t k = 0; k < kw; k++, acc += b, x += b) DO##_ONE(V); \
    }

#define SPAN_ONE(V) SPAN(V, 1)

INLINE void span(int64_t b, int64_t kw, const float *x, const float *dy, float *acc, int64_t lo, int64_t hi, int64_t step) {
    if (b == 16) {
        BY_WIDTH(SPAN, v16)
    } else {
        BY_WIDTH(SPAN, v8)
    }
}

INLINE void span2(int64_t b, int64_t kw, const float *x, const float *x2, const float *dy, float *acc, float *acc2, int64_t lo, int64_t hi, int64_t step) {
    if (b == 16 && kw == 3) SPAN2(v16, 3);
    else if (b == 16 && kw == 5) SPAN2(v16, 5);
    else if (b == 8 && kw == 3) SPAN2(v8, 3);
    else if (b == 8 && kw == 5) SPAN2(v8, 5);
    else {
        span(b, kw, x, dy, acc, lo, hi, step);
        span(b, kw, x2, dy, acc2, lo, hi, step);
    }
}

static int64_t at_least(int64_t x, int64_t lo) { return x < lo ? lo : x; }
static int64_t at_most(int64_t x, int64_t hi) { return x > hi ? hi : x; }
static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// columns adds one output row for one row of the kernel, one column at a time.
INLINE void columns(const gotl_dwgrad_args *a, int64_t b, const float *x, const float *dy, float *acc, int64_t lo, int64_t hi) {
    for (int64_t o = lo; o < hi; o++) {
        int64_t left = o * a->sw - a->pl;
        for (int64_t k = at_least(-left, 0); k < at_most(a->w - left, a->kw); k++)
            for (int64_t j = 0; j < b; j++) acc[k * b + j] += dy[o * b + j] * x[(left + k) * b + j];
    }
}

// picture adds all rows of one picture's block to acc, [kh kw b].
INLINE void picture(const gotl_dwgrad_args *a, int64_t b, const float *x, const float *dy, float *acc) {
    // columns lo..hi-1 have all taps within the picture
    int64_t lo = at_most(ceil_div(a->pl, a->sw), a->ow), hi = at_most((a->w - a->kw + a->pl) / a->sw + 1, a->ow);
    if (a->w < a->kw || hi < lo) hi = lo;
    for (int64_t o = 0; o < a->oh; o++, dy += a->ow * b) {
        int64_t top = o * a->sh - a->pt, ky = at_least(-top, 0), end = at_most(a->h - top, a->kh);
        for (; ky < end; ky++) {
            const float *row = x + (top + ky) * a->w * b, *next = row + a->w * b;
            float *s = acc + ky * a->kw * b, *t = s + a->kw * b;
            columns(a, b, row, dy, s, 0, lo);
            columns(a, b, row, dy, s, hi, a->ow);
            if (ky + 1 == end) {
                span(b, a->kw, row - a->pl * b, dy, s, lo, hi, a->sw);
                break;
            }
            columns(a, b, next, dy, t, 0, lo);
            columns(a, b, next, dy, t, hi, a->ow);
            span2(b, a->kw, row - a->pl * b, next - a->pl * b, dy, s, t, lo, hi, a->sw);
            ky++;
        }
    }
}

GOTL_CLONES static void units(void *p, int64_t lo, int64_t hi) {
    const gotl_dwgrad_args *a = p;
    int64_t taps = a->kh * a->kw * a->b, in = a->h * a->w * a->b, out = a->oh * a->ow * a->b;
    for (int64_t i = lo; i < hi; i++) {
        int64_t block = i / a->groups, first = i % a->groups * a->group;
        double *part = a->part + i * taps;
        memset(part, 0, taps * sizeof *part);
        for (int64_t n = first; n < at_most(first + a->group, a->n); n++) {
            float acc[MOST_TAPS * 16] __attribute__((aligned(64)));
            const float *x = a->x + (n * a->blocks + block) * in, *dy = a->dy + (n * a->blocks + block) * out;
            memset(acc, 0, taps * sizeof *acc);
            if (a->b == 16) picture(a, 16, x, dy, acc);
            else picture(a, 8, x, dy, acc);
            for (int64_t k = 0; k < taps; k++) part[k] += acc[k];
        }
    }
}

static void finish(void *p, int64_t lo, int64_t hi) {
    const gotl_dwgrad_args *a = p;
    int64_t taps = a->kh * a->kw * a->b;
    for (int64_t block = lo; block < hi; block++) {
        const double *part = a->part + block * a->groups * taps;
        for (int64_t k = 0; k < taps; k++) {
            double s = 0;
            for (int64_t g = 0; g < a->groups; g++) s += part[g * taps + k];
            a->dw[block * taps + k] = (float)s;
        }
    }
}

int gotl_dwgrad(const void *p) {
    const gotl_dwgrad_args *a = p;
    const gotl_loop loops[] = {{a->blocks * a->groups, units}, {a->blocks, finish}};
    gotl_chain(loops, 2, a->n * a->blocks * a->b * a->oh * a->ow >= GOTL_GRAIN, (void *)p);
    return 0;
}
