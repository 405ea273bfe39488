#include "shim.h"

#include <dlfcn.h>

// The entry points that gcc's OpenMP code calls; libomp and libiomp5 have them too.
static void (*omp_parallel)(void (*)(void *), void *, unsigned, unsigned);
static int (*omp_thread)(void);
static int (*omp_team)(void);
static int (*omp_max)(void);
static void (*omp_barrier)(void);

int gotl_threads_init(void *h) {
    omp_parallel = (void (*)(void (*)(void *), void *, unsigned, unsigned))dlsym(h, "GOMP_parallel");
    omp_thread = (int (*)(void))dlsym(h, "omp_get_thread_num");
    omp_team = (int (*)(void))dlsym(h, "omp_get_num_threads");
    omp_max = (int (*)(void))dlsym(h, "omp_get_max_threads");
    omp_barrier = (void (*)(void))dlsym(h, "GOMP_barrier");
    if (omp_parallel && omp_thread && omp_team && omp_max) return 1;
    omp_parallel = 0;
    return 0;
}

int gotl_threads(void) { return omp_parallel ? omp_max() : 1; }

typedef struct {
    int64_t n, align;
    gotl_body f;
    void *arg;
} job;

static void work(void *p) {
    const job *j = p;
    int64_t t = omp_thread(), team = omp_team();
    int64_t blocks = (j->n + j->align - 1) / j->align;
    int64_t lo = blocks * t / team * j->align, hi = blocks * (t + 1) / team * j->align;
    if (hi > j->n) hi = j->n;
    if (lo < hi) j->f(j->arg, lo, hi);
}

typedef struct {
    const gotl_loop *loops;
    int count;
    void *arg;
} chain;

static void work_chain(void *p) {
    const chain *c = p;
    for (int i = 0; i < c->count; i++) {
        job j = {c->loops[i].n, 1, c->loops[i].f, c->arg};
        if (i) omp_barrier();
        work(&j);
    }
}

void gotl_chain(const gotl_loop *loops, int count, int parallel, void *arg) {
    chain c = {loops, count, arg};
    if (parallel && omp_parallel && omp_barrier) {
        omp_parallel(work_chain, &c, 0, 0);
        return;
    }
    for (int i = 0; i < count; i++) gotl_for(loops[i].n, parallel ? 2 : loops[i].n + 1, 1, loops[i].f, arg);
}

// The whole team is always used: libgomp ends threads that a smaller team leaves
// over and starts them again for the next bigger one.
void gotl_for(int64_t n, int64_t grain, int64_t align, gotl_body f, void *arg) {
    if (n <= 0) return;
    if (!omp_parallel || n < grain) {
        f(arg, 0, n);
        return;
    }
    job j = {n, align, f, arg};
    omp_parallel(work, &j, 0, 0);
}
