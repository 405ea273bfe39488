//go:build ignore

// The gradient against the loss: (L(w + e g) - L(w - e g)) / (2 e g.g), which is 1 if g is
// the gradient of L.
#include "plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double gradient_ratio(plan *p, double by);

static long count(tensor t) { return (long)(dnnl_memory_desc_get_size(t.md) / sizeof(float)); }

static float *copy(plan *p, tensor t) { return memcpy(malloc(count(t) * sizeof(float)), address(p, t), count(t) * sizeof(float)); }

// loss_at runs with w = w0 + e g0.
static double loss_at(plan *p, float **w0, float **g0, double e) {
    for (int i = 0; i < p->nparams; i++) {
        float *w = w0[i] ? (float *)address(p, p->params[i].t) : NULL;
        for (long j = 0; w && j < count(p->params[i].t); j++) w[j] = w0[i][j] + (float)(e * g0[i][j]);
    }
    plan_run(p);
    return p->loss;
}

double gradient_ratio(plan *p, double by) {
    float **w0 = calloc(p->nparams, sizeof *w0), **g0 = calloc(p->nparams, sizeof *g0);
    double square = 0;
    plan_run(p);
    for (int i = 0; i < p->nparams; i++) {
        const parameter *q = &p->params[i];
        if (q->grad.buf < 0) continue;
        w0[i] = copy(p, q->t), g0[i] = copy(p, q->grad);
        for (long j = 0; j < count(q->t); j++) square += (double)g0[i][j] * g0[i][j];
    }
    if (square == 0) fail("nothing trains");
    double e = by / square;
    double up = loss_at(p, w0, g0, e), down = loss_at(p, w0, g0, -e);
    loss_at(p, w0, g0, 0);
    for (int i = 0; i < p->nparams; i++) free(w0[i]), free(g0[i]);
    free(w0);
    free(g0);
    return (up - down) / (2 * e * square);
}
