#include "kernels.h"

#include <math.h>

enum { STRIP = 16 }; // rows that one job sums together

int gotl_fold(const void *p) {
    const gotl_fold_args *a = p;
    for (int64_t k = 0; k < a->n; k++) {
        double s = a->scale[k] / sqrt((double)a->variance[k] + a->eps);
        a->s[k] = (float)s;
        a->shift[k] = (float)(((a->b ? a->b[k] : 0) - (double)a->mean[k]) * s + a->bias[k]);
    }
    return 0;
}

// Jobs are runs of B·T elements; rows of one run follow each other.
GOTL_CLONES static void row_scale(void *p, int64_t lo, int64_t hi) {
    const gotl_row_scale_args *g = p;
    gotl_rows q = g->rows;
    for (int64_t j = lo; j < hi; j++) {
        int64_t first = j / q.r % q.a * q.b, n = q.k - first;
        const float *s = g->s + first, *x = g->x + j * q.b * q.t;
        float *y = g->y + j * q.b * q.t;
        if (n > q.b) n = q.b;
        if (n < 0) n = 0;
        if (q.t == 1) {
#pragma GCC ivdep
            for (int64_t b = 0; b < n; b++) y[b] = x[b] * s[b];
        } else {
            for (int64_t b = 0; b < n; b++)
#pragma GCC ivdep
                for (int64_t t = 0; t < q.t; t++) y[b * q.t + t] = x[b * q.t + t] * s[b];
        }
        for (int64_t e = n * q.t; e < q.b * q.t; e++) y[e] = 0;
    }
}

int gotl_row_scale(const void *p) {
    gotl_rows q = ((const gotl_row_scale_args *)p)->rows;
    int64_t run = q.b * q.t;
    gotl_for(q.i * q.a * q.r, (GOTL_GRAIN + run - 1) / run, 1, row_scale, (void *)p);
    return 0;
}

static double inverse(const gotl_fold_grad_args *g, int64_t k) { return 1 / sqrt((double)g->variance[k] + g->eps); }

// One row's elements of a run in sixteen chains, added in order.
GOTL_CLONES static double fold_row(float *dw, const float *dy, const float *w, float s, int64_t n) {
    float sum[STRIP] = {0};
    double total = 0;
    int64_t i = 0;
#pragma GCC ivdep
    for (; i + STRIP <= n; i += STRIP)
        for (int j = 0; j < STRIP; j++) {
            float d = dy[i + j];
            sum[j] += d * w[i + j];
            dw[i + j] = d * s;
        }
    for (; i < n; i++) {
        float d = dy[i];
        sum[0] += d * w[i];
        dw[i] = d * s;
    }
    for (int j = 0; j < STRIP; j++) total += sum[j];
    return total;
}

// Up to STRIP neighbouring rows of runs with T = 1.
GOTL_CLONES static void fold_strip(const gotl_fold_grad_args *g, int64_t at, const float *s, double *sum, int64_t n) {
    const float *dy = g->dy + at, *w = g->w + at;
    float *dw = g->dw + at;
#pragma GCC ivdep
    for (int64_t b = 0; b < n; b++) {
        float d = dy[b];
        sum[b] += (double)d * w[b];
        dw[b] = d * s[b];
    }
}

static void fold_grad(void *p, int64_t lo, int64_t hi) {
    const gotl_fold_grad_args *g = p;
    gotl_rows q = g->rows;
    int64_t strips = (q.b + STRIP - 1) / STRIP;
    for (int64_t j = lo; j < hi; j++) {
        int64_t b0 = j % strips * STRIP, row = j / strips * q.b + b0, wide = q.b - b0 < STRIP ? q.b - b0 : STRIP;
        int64_t real = row >= q.k ? 0 : q.k - row < wide ? q.k - row : wide;
        float s[STRIP] = {0};
        double sum[STRIP] = {0};
        for (int64_t b = 0; b < real; b++) s[b] = (float)(g->scale[row + b] * inverse(g, row + b));
        for (int64_t i = 0; i < q.i; i++)
            for (int64_t r = 0; r < q.r; r++) {
                int64_t at = (((i * q.a + j / strips) * q.r + r) * q.b + b0) * q.t;
                if (q.t == 1)
                    fold_strip(g, at, s, sum, wide);
                else
                    for (int64_t b = 0; b < wide; b++)
                        sum[b] += fold_row(g->dw + at + b * q.t, g->dy + at + b * q.t, g->w + at + b * q.t, s[b], q.t);
            }
        for (int64_t b = 0; b < real; b++) {
            int64_t k = row + b;
            double shift = (g->b ? g->b[k] : 0) - (double)g->mean[k];
            g->dscale[k] = (float)(inverse(g, k) * (sum[b] + g->db[k] * shift));
            g->dbias[k] = g->db[k];
            if (g->dbout) g->dbout[k] = g->db[k] * s[b];
        }
    }
}

int gotl_fold_grad(const void *p) {
    gotl_rows q = ((const gotl_fold_grad_args *)p)->rows;
    int64_t n = q.a * ((q.b + STRIP - 1) / STRIP), run = q.i * q.r * q.t * (q.b < STRIP ? q.b : STRIP);
    gotl_for(n, (GOTL_GRAIN + run - 1) / run, 1, fold_grad, (void *)p);
    return 0;
}
