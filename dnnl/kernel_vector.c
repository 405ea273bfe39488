#include "kernels.h"

#define EACH(args, body)                                              \
    GOTL_CLONES static void body##_loop(void *p, int64_t lo, int64_t hi); \
    int gotl_##body(const void *p) {                                  \
        gotl_for(((const args *)p)->n, GOTL_GRAIN, GOTL_ALIGN, body##_loop, (void *)p); \
        return 0;                                                     \
    }                                                                 \
    GOTL_CLONES static void body##_loop(void *p, int64_t lo, int64_t hi)

EACH(gotl_axpby_args, axpby) {
    const gotl_axpby_args *v = p;
    float *y = v->y, a = v->a, b = v->b;
    const float *x = v->x;
#pragma GCC ivdep
    for (int64_t i = lo; i < hi; i++) y[i] = a * x[i] + b * y[i];
}

EACH(gotl_scale_args, scale) {
    const gotl_scale_args *v = p;
    float *y = v->y, s = v->s[0];
    const float *x = v->x;
#pragma GCC ivdep
    for (int64_t i = lo; i < hi; i++) y[i] = s * x[i];
}

EACH(gotl_blend_args, blend) {
    const gotl_blend_args *v = p;
    float *y = v->y, k = v->keep, s = (1 - v->keep) * v->scale;
    const float *old = v->old, *now = v->now;
#pragma GCC ivdep
    for (int64_t i = lo; i < hi; i++) y[i] = k * old[i] + s * now[i];
}

EACH(gotl_ema_args, ema) {
    const gotl_ema_args *v = p;
    float *y = v->out, d = v->d[0], k = 1 - d;
    const float *e = v->e, *w = v->w;
#pragma GCC ivdep
    for (int64_t i = lo; i < hi; i++) y[i] = d * e[i] + k * w[i];
}
