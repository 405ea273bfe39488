#include "kernels.h"

#define OP(expr)                                                   \
    do {                                                           \
        _Pragma("GCC ivdep") for (int64_t i = 0; i < n; i++) {     \
            float p = a[i * as], q = b[i * bs];                    \
            y[i] = (expr);                                         \
        }                                                          \
    } while (0)

#define FN(fn)                     \
    switch (fn) {                  \
    case 0: OP(p + q); break;      \
    case 1: OP(p - q); break;      \
    case 2: OP(p * q); break;      \
    default: OP(p / q);            \
    }

// Steps of 0 and 1 are constants to the compiler, so those loops are vectorised.
GOTL_CLONES static void line(int fn, float *y, const float *a, const float *b, int64_t n, int64_t as, int64_t bs) {
    if (as == 1 && bs == 1) {
        as = 1, bs = 1;
        FN(fn);
    } else if (as == 1 && bs == 0) {
        as = 1, bs = 0;
        FN(fn);
    } else {
        FN(fn);
    }
}

static void rows(void *p, int64_t lo, int64_t hi) {
    const gotl_binary_args *g = p;
    int64_t last = g->rank - 1, len = g->dims[last];
    for (int64_t r = lo; r < hi; r++) {
        int64_t rest = r, at = 0, bt = 0;
        for (int64_t d = last - 1; d >= 0; d--) {
            int64_t i = rest % g->dims[d];
            rest /= g->dims[d];
            at += i * g->astep[d];
            bt += i * g->bstep[d];
        }
        line(g->fn, g->y + r * len, g->a + at, g->b + bt, len, g->astep[last], g->bstep[last]);
    }
}

int gotl_binary(const void *p) {
    const gotl_binary_args *g = p;
    int64_t n = 1;
    for (int64_t d = 0; d + 1 < g->rank; d++) n *= g->dims[d];
    gotl_for(n, n * g->dims[g->rank - 1] < GOTL_GRAIN ? n + 1 : 2, 1, rows, (void *)p);
    return 0;
}

// One row is the plane of one channel block of one picture.
GOTL_CLONES static void planes(void *p, int64_t lo, int64_t hi) {
    const gotl_channel_binary_args *g = p;
    int64_t blocks = g->c / g->block;
    for (int64_t r = lo; r < hi; r++) {
        int64_t n = r / blocks, c0 = r % blocks * g->block;
        const float *b = g->b + n * g->nstep + c0 * g->cstep;
        int64_t wide = g->channels - c0;
        if (wide > g->block) wide = g->block;
        const float *a = g->a + r * g->s * g->block;
        float *y = g->y + r * g->s * g->block;
        for (int64_t s = 0; s < g->s; s++, a += g->block, y += g->block) {
            const float *bs = b + s * g->sstep;
            if (g->fn == 2 && g->cstep == 1) {
#pragma GCC ivdep
                for (int64_t j = 0; j < wide; j++) y[j] = a[j] * bs[j];
            } else {
                for (int64_t j = 0; j < wide; j++) {
                    float u = a[j], v = bs[j * g->cstep];
                    y[j] = g->fn == 0 ? u + v : g->fn == 1 ? u - v : g->fn == 2 ? u * v : u / v;
                }
            }
            for (int64_t j = wide; j < g->block; j++) y[j] = 0;
        }
    }
}

int gotl_channel_binary(const void *p) {
    const gotl_channel_binary_args *g = p;
    int64_t n = g->n * (g->c / g->block);
    gotl_for(n, n * g->s * g->block < GOTL_GRAIN ? n + 1 : 2, 1, planes, (void *)p);
    return 0;
}
