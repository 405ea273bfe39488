#include "kernels.h"

#include <math.h>

// ivdep: results may lie exactly on their inputs, element on element, never shifted.

GOTL_CLONES static void sgd(void *p, int64_t lo, int64_t hi) {
    const gotl_sgd_args *a = p;
    float *wo = a->wout, *vo = a->vout;
    const float *w = a->w, *g = a->g, *v = a->v;
    float lr = a->hyper[0], mu = a->hyper[1], clip = a->clip[0], decay = a->decay;
    if (a->nesterov) {
#pragma GCC ivdep
        for (int64_t i = lo; i < hi; i++) {
            float d = clip * g[i] + decay * w[i];
            float m = mu * v[i] + d;
            vo[i] = m;
            wo[i] = w[i] - lr * (d + mu * m);
        }
        return;
    }
#pragma GCC ivdep
    for (int64_t i = lo; i < hi; i++) {
        float m = mu * v[i] + (clip * g[i] + decay * w[i]);
        vo[i] = m;
        wo[i] = w[i] - lr * m;
    }
}

int gotl_sgd(const void *p) {
    gotl_for(((const gotl_sgd_args *)p)->n, GOTL_GRAIN, GOTL_ALIGN, sgd, (void *)p);
    return 0;
}

GOTL_CLONES static void adam(void *p, int64_t lo, int64_t hi) {
    const gotl_adam_args *a = p;
    float *wo = a->wout, *mo = a->mout, *vo = a->vout;
    const float *w = a->w, *g = a->g, *m = a->m, *v = a->v;
    float lr = a->hyper[0], b1 = a->hyper[1], b2 = a->hyper[2], c1 = a->hyper[3], c2 = a->hyper[4];
    float clip = a->clip[0], eps = a->eps;
    float shrink = a->decoupled ? 1 - lr * a->decay : 1, decay = a->decoupled ? 0 : a->decay;
    float k1 = 1 - b1, k2 = 1 - b2, step = lr * c1;
#pragma GCC ivdep
    for (int64_t i = lo; i < hi; i++) {
        float d = clip * g[i] + decay * w[i];
        float mi = b1 * m[i] + k1 * d;
        float vi = b2 * v[i] + k2 * d * d;
        mo[i] = mi;
        vo[i] = vi;
        wo[i] = shrink * w[i] - step * mi / (sqrtf(vi) * c2 + eps);
    }
}

int gotl_adam(const void *p) {
    gotl_for(((const gotl_adam_args *)p)->n, GOTL_GRAIN, GOTL_ALIGN, adam, (void *)p);
    return 0;
}

// One block of squares in sixteen chains, added in order.
GOTL_CLONES static double block(const float *x, int64_t n) {
    double s[16] = {0}, t = 0;
    int64_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (int j = 0; j < 16; j++) s[j] += (double)x[i + j] * x[i + j];
    for (; i < n; i++) s[0] += (double)x[i] * x[i];
    for (int j = 0; j < 16; j++) t += s[j];
    return t;
}

static void squares(void *p, int64_t lo, int64_t hi) {
    const gotl_squares_args *a = p;
    for (int64_t i = lo; i < hi; i++) {
        int64_t at = i * GOTL_SUM_BLOCK, n = a->n - at;
        a->part[i] = block(a->x + at, n < GOTL_SUM_BLOCK ? n : GOTL_SUM_BLOCK);
    }
}

int gotl_squares(const void *p) {
    int64_t n = ((const gotl_squares_args *)p)->n;
    gotl_for((n + GOTL_SUM_BLOCK - 1) / GOTL_SUM_BLOCK, GOTL_GRAIN / GOTL_SUM_BLOCK, 1, squares, (void *)p);
    return 0;
}

int gotl_norm(const void *p) {
    const gotl_norm_args *a = p;
    double s = 0;
    for (int64_t i = 0; i < a->n; i++) s += a->part[i];
    a->y[0] = (float)sqrt(s);
    return 0;
}

int gotl_clip_factor(const void *p) {
    const gotl_clip_args *a = p;
    float f = a->most / (a->norm[0] + 1e-6f);
    a->y[0] = f > 1 ? 1 : f; // NaN stays NaN
    return 0;
}
