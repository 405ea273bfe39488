//go:build ignore

#include "plan.h"

#include <math.h>

// softmax_loss is the mean cross entropy of class (row mod classes); dlogits = (softmax - 1[class])/rows.
static void softmax_loss(plan *p) {
    const float *x = (const float *)address(p, p->logits);
    float *dx = (float *)address(p, p->dlogits);
    double loss = 0;
    for (int r = 0; r < p->rows; r++, x += p->classes, dx += p->classes) {
        float top = x[0], sum = 0;
        for (int c = 1; c < p->classes; c++) top = fmaxf(top, x[c]);
        for (int c = 0; c < p->classes; c++) sum += dx[c] = expf(x[c] - top);
        int y = (int)((r * 7919u + 13) % p->classes);
        loss += log(sum) + top - x[y];
        for (int c = 0; c < p->classes; c++) dx[c] /= sum * p->rows;
        dx[y] -= 1.f / p->rows;
    }
    p->loss = loss / p->rows;
}

static void run(plan *p, step *s) {
    if (!s->prim)
        softmax_loss(p);
    else
        TRY(dnnl_primitive_execute(s->prim, p->stream, s->n, s->arg));
}

void plan_run(plan *p) {
    for (int i = 0; i < p->nsteps; i++) run(p, &p->steps[i]);
    TRY(dnnl_stream_wait(p->stream));
}

void plan_profile(plan *p, int rounds) {
    for (int i = 0; i < p->nsteps; i++) p->steps[i].best = INFINITY;
    for (int r = 0; r < rounds; r++)
        for (int i = 0; i < p->nsteps; i++) {
            double start = now();
            run(p, &p->steps[i]);
            TRY(dnnl_stream_wait(p->stream));
            p->steps[i].best = fmin(p->steps[i].best, now() - start);
        }
}
