#include "kernels.h"

#include <string.h>

GOTL_CLONES static void fill(void *p, int64_t lo, int64_t hi) {
    const gotl_fill_args *a = p;
    for (int64_t i = lo; i < hi; i++) a->y[i] = a->value;
}

int gotl_fill(const void *p) {
    gotl_for(((const gotl_fill_args *)p)->n, GOTL_GRAIN, GOTL_ALIGN, fill, (void *)p);
    return 0;
}

static void copy(void *p, int64_t lo, int64_t hi) {
    const gotl_copy_args *a = p;
    memcpy((char *)a->dst + lo, (const char *)a->src + lo, (size_t)(hi - lo));
}

int gotl_copy(const void *p) {
    gotl_for(((const gotl_copy_args *)p)->n, 4 * GOTL_GRAIN, 64, copy, (void *)p);
    return 0;
}

// Index tuples are counted without the last axis, which is one inner loop.
static int64_t rows(const gotl_stride_args *a) {
    int64_t n = 1;
    for (int64_t d = 0; d + 1 < a->rank; d++) n *= a->dims[d];
    return n;
}

GOTL_CLONES static void line(float *dst, const float *src, int64_t n, int64_t ds, int64_t ss) {
    if (ds == 1 && ss == 1) {
        memcpy(dst, src, (size_t)n * sizeof *dst);
        return;
    }
    for (int64_t i = 0; i < n; i++) dst[i * ds] = src[i * ss];
}

static void stride_rows(void *p, int64_t lo, int64_t hi) {
    const gotl_stride_args *a = p;
    int64_t last = a->rank - 1;
    for (int64_t r = lo; r < hi; r++) {
        int64_t rest = r, to = 0, from = 0;
        for (int64_t d = last - 1; d >= 0; d--) {
            int64_t i = rest % a->dims[d];
            rest /= a->dims[d];
            to += i * a->dstep[d];
            from += i * a->sstep[d];
        }
        line(a->dst + to, a->src + from, a->dims[last], a->dstep[last], a->sstep[last]);
    }
}

int gotl_stride_copy(const void *p) {
    const gotl_stride_args *a = p;
    int64_t n = rows(a), len = a->dims[a->rank - 1];
    if (n * len == 0) return 0;
    gotl_for(n, n * len < GOTL_GRAIN ? n + 1 : 2, 1, stride_rows, (void *)p);
    return 0;
}

static void gather(void *p, int64_t lo, int64_t hi) {
    const gotl_gather_args *a = p;
    for (int64_t i = lo; i < hi; i++)
        memcpy(a->y + i * a->cols, a->x + a->index[i] * a->cols, (size_t)a->cols * sizeof *a->y);
}

int gotl_gather(const void *p) {
    const gotl_gather_args *a = p;
    for (int64_t i = 0; i < a->rows; i++)
        if (a->index[i] < 0 || a->index[i] >= a->height) return GOTL_BAD_INDEX;
    gotl_for(a->rows, a->rows * a->cols < GOTL_GRAIN ? a->rows + 1 : 2, 1, gather, (void *)p);
    return 0;
}
