#include "kernels.h"

#include <math.h>

// The window of channel c: ONNX leans to higher channels when size is even.
static void window(const gotl_lrn_args *a, int64_t c, int64_t *lo, int64_t *hi) {
    *lo = c - (a->size - 1) / 2, *hi = c + a->size / 2 + 1;
    if (*lo < 0) *lo = 0;
    if (*hi > a->c) *hi = a->c;
}

static double base(const gotl_lrn_args *a, const float *x, int64_t c) {
    int64_t lo, hi;
    window(a, c, &lo, &hi);
    double s = 0;
    for (int64_t k = lo; k < hi; k++) s += (double)x[k * a->s] * x[k * a->s];
    return a->bias + (double)a->alpha / a->size * s;
}

static void forward(void *p, int64_t lo, int64_t hi) {
    const gotl_lrn_args *a = p;
    for (int64_t i = lo; i < hi; i++) {
        int64_t at = i / a->s * a->c * a->s + i % a->s;
        for (int64_t c = 0; c < a->c; c++)
            a->y[at + c * a->s] = (float)(a->x[at + c * a->s] * pow(base(a, a->x + at, c), -(double)a->beta));
    }
}

int gotl_lrn(const void *p) {
    const gotl_lrn_args *a = p;
    gotl_for(a->n * a->s, a->n * a->s * a->c < 2048 ? a->n * a->s + 1 : 2, 1, forward, (void *)p);
    return 0;
}

// dx[k] = dy[k]·b[k]^−β − 2·α/size·β·x[k]·Σ_c dy[c]·x[c]·b[c]^(−β−1), over the channels
// c whose window holds k.
static void backward(void *p, int64_t lo, int64_t hi) {
    const gotl_lrn_args *a = p;
    for (int64_t i = lo; i < hi; i++) {
        int64_t at = i / a->s * a->c * a->s + i % a->s;
        const float *x = a->x + at, *dy = a->dy + at;
        float *dx = a->y + at;
        for (int64_t k = 0; k < a->c; k++) {
            double sum = 0;
            int64_t first = k - a->size / 2, end = k + (a->size - 1) / 2 + 1;
            for (int64_t c = first < 0 ? 0 : first; c < end && c < a->c; c++)
                sum += (double)dy[c * a->s] * x[c * a->s] * pow(base(a, x, c), -(double)a->beta - 1);
            dx[k * a->s] = (float)(dy[k * a->s] * pow(base(a, x, k), -(double)a->beta) -
                                   2.0 * a->alpha / a->size * a->beta * x[k * a->s] * sum);
        }
    }
}

int gotl_lrn_grad(const void *p) {
    const gotl_lrn_args *a = p;
    gotl_for(a->n * a->s, a->n * a->s * a->c < 1024 ? a->n * a->s + 1 : 2, 1, backward, (void *)p);
    return 0;
}
