#include "shim.h"

#include <time.h>

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int run_one(const gotl_step *s, dnnl_stream_t stream) {
    if (!s->prim) return s->kernel(s->args);
    return gotl.dnnl_primitive_execute(s->prim, stream, (int)s->nargs, s->args);
}

int gotl_run(const gotl_step *steps, int64_t n, dnnl_stream_t stream, int64_t *failed, int64_t *ns) {
    int64_t t = ns ? now() : 0;
    for (int64_t i = 0; i < n; i++) {
        int rc = run_one(&steps[i], stream);
        if (rc) {
            *failed = i;
            return rc;
        }
        if (ns) {
            int64_t u = now();
            ns[i] += u - t;
            t = u;
        }
    }
    *failed = n;
    return gotl.dnnl_stream_wait(stream);
}
