#include "kernels.h"

#include <math.h>

// log_sum returns max and ln Σ exp(x − max) of a row.
static double log_sum(const float *x, int64_t k, float *top) {
    float m = x[0];
    for (int64_t c = 1; c < k; c++)
        if (x[c] > m || x[c] != x[c]) m = x[c];
    double s = 0;
    for (int64_t c = 0; c < k; c++) s += exp((double)x[c] - m);
    *top = m;
    return log(s);
}

// A row without weight is padding: whatever its logits are, it counts nothing.
static void loss_rows(void *p, int64_t lo, int64_t hi) {
    const gotl_loss_args *a = p;
    for (int64_t i = lo; i < hi; i++) {
        const float *x = a->x + i * a->k, *q = a->q + i * a->k;
        float top;
        double ls = log_sum(x, a->k, &top), s = 0;
        for (int64_t c = 0; c < a->k; c++)
            if (q[c] != 0) s += q[c] * ((double)x[c] - top - ls);
        a->row[i] = s;
    }
}

// few returns a grain for loops over rows of k elements that cost an exp each.
static int64_t few(int64_t n, int64_t k) { return n * k < 1024 ? n + 1 : 2; }

int gotl_cross_entropy(const void *p) {
    const gotl_loss_args *a = p;
    gotl_for(a->n, few(a->n, a->k), 1, loss_rows, (void *)p);
    double s = 0;
    for (int64_t i = 0; i < a->n; i++) s += a->row[i];
    a->loss[0] = (float)(-(double)a->inv[0] * s);
    return 0;
}

static void grad_rows(void *p, int64_t lo, int64_t hi) {
    const gotl_loss_grad_args *a = p;
    double f = (double)a->dl[0] * a->inv[0];
    for (int64_t i = lo; i < hi; i++) {
        const float *x = a->x + i * a->k, *q = a->q + i * a->k;
        float *dx = a->dx + i * a->k;
        double weight = 0;
        int any = 0;
        for (int64_t c = 0; c < a->k; c++) weight += q[c], any |= q[c] != 0;
        if (!any) {
            for (int64_t c = 0; c < a->k; c++) dx[c] = 0;
            continue;
        }
        float top;
        double ls = log_sum(x, a->k, &top);
        for (int64_t c = 0; c < a->k; c++) dx[c] = (float)(f * (exp((double)x[c] - top - ls) * weight - q[c]));
    }
}

int gotl_cross_entropy_grad(const void *p) {
    const gotl_loss_grad_args *a = p;
    gotl_for(a->n, few(a->n, a->k), 1, grad_rows, (void *)p);
    return 0;
}
