#include "kernel_half.h"
#include "kernels.h"

// The numbers of graph.ActFn.
enum { RELU = 1, CLIP, LEAKY, SIGMOID, TANH, HARD_SIGMOID, HARD_SWISH, EXP, LOG };

#define LOOP(expr)                                  \
    _Pragma("GCC ivdep") for (int64_t i = lo; i < hi; i++) { \
        float v = vs[i], d = dy[i];                 \
        dx[i] = (expr);                             \
    }                                               \
    break

INLINE void act_grad_of(const gotl_act_grad_args *g, float *dx, const float *vs, const float *dy, int64_t lo, int64_t hi) {
    float a = g->a, b = g->b;
    switch (g->fn) {
    case RELU: LOOP(v > 0 ? d : 0);
    case CLIP: LOOP(v > a && v < b ? d : 0);
    case LEAKY: LOOP(v > 0 ? d : a * d);
    case SIGMOID: LOOP(d * v * (1 - v));
    case TANH: LOOP(d * (1 - v * v));
    case HARD_SIGMOID: LOOP(a * v + b > 0 && a * v + b < 1 ? a * d : 0);
    case HARD_SWISH: LOOP(v <= -3 ? 0 : v >= 3 ? d : d * (v / 3 + 0.5f));
    case EXP: LOOP(d * v);
    case LOG: LOOP(d / v);
    }
}

GOTL_CLONES static void act_grad(void *p, int64_t lo, int64_t hi) {
    const gotl_act_grad_args *g = p;
    act_grad_of(g, g->dx, g->v, g->dy, lo, hi);
}

GOTL_CLONES static void half_act_grad(void *p, int64_t lo, int64_t hi) {
    enum { PIECE = 1024 };
    const gotl_act_grad_args *g = p;
    float v[PIECE] __attribute__((aligned(64))), d[PIECE] __attribute__((aligned(64)));
    for (; lo < hi; lo += PIECE) {
        int64_t n = hi - lo < PIECE ? hi - lo : PIECE;
        widen(v, (const uint16_t *)g->v + lo, n);
        widen(d, (const uint16_t *)g->dy + lo, n);
        act_grad_of(g, d, v, d, 0, n);
        narrow((uint16_t *)g->dx + lo, d, n);
    }
}

int gotl_act_grad(const void *p) {
    const gotl_act_grad_args *g = p;
    gotl_for(g->n, GOTL_GRAIN, GOTL_ALIGN, g->half ? half_act_grad : act_grad, (void *)p);
    return 0;
}
