#include "kernels.h"

// offset of tuple i of an index space.
static int64_t offset(int64_t i, int64_t rank, const int64_t *dims, const int64_t *step) {
    int64_t at = 0;
    for (int64_t d = rank - 1; d >= 0; d--) {
        at += i % dims[d] * step[d];
        i /= dims[d];
    }
    return at;
}

GOTL_CLONES static double sum_line(const float *x, int64_t n, int64_t step) {
    double s = 0;
    for (int64_t i = 0; i < n; i++) s += x[i * step];
    return s;
}

static void outputs(void *p, int64_t lo, int64_t hi) {
    const gotl_reduce_args *a = p;
    int64_t last = a->rrank - 1, lines = 1;
    for (int64_t d = 0; d < last; d++) lines *= a->rdims[d];
    for (int64_t i = lo; i < hi; i++) {
        const float *x = a->x + offset(i, a->krank, a->kdims, a->kstep);
        double s = 0;
        for (int64_t j = 0; j < lines; j++)
            s += sum_line(x + offset(j, last, a->rdims, a->rstep), a->rdims[last], a->rstep[last]);
        a->y[i] = (float)(s * a->scale);
    }
}

int gotl_reduce(const void *p) {
    const gotl_reduce_args *a = p;
    int64_t n = 1, m = 1;
    for (int64_t d = 0; d < a->krank; d++) n *= a->kdims[d];
    for (int64_t d = 0; d < a->rrank; d++) m *= a->rdims[d];
    gotl_for(n, n * m < GOTL_GRAIN ? n + 1 : 2, 1, outputs, (void *)p);
    return 0;
}
