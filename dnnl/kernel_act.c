#include "kernels.h"

// The numbers of graph.ActFn.
enum { RELU = 1, CLIP, LEAKY, SIGMOID, TANH, HARD_SIGMOID, HARD_SWISH, EXP, LOG };

#define LOOP(expr)                                  \
    _Pragma("GCC ivdep") for (int64_t i = lo; i < hi; i++) { \
        float v = vs[i], d = dy[i];                 \
        dx[i] = (expr);                             \
    }                                               \
    break

GOTL_CLONES static void act_grad(void *p, int64_t lo, int64_t hi) {
    const gotl_act_grad_args *g = p;
    float *dx = g->dx, a = g->a, b = g->b;
    const float *vs = g->v, *dy = g->dy;
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

int gotl_act_grad(const void *p) {
    gotl_for(((const gotl_act_grad_args *)p)->n, GOTL_GRAIN, GOTL_ALIGN, act_grad, (void *)p);
    return 0;
}
