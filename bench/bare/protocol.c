//go:build ignore

// Commands, one a line, each answered by one line:
//
//   {"cmd":"prepare","net":"resnet18","task":"full","batch":32,"threads":2}   "size":224 may be given
//   {"cmd":"round","seconds":4,"min_steps":2}
//   {"cmd":"drop"}  {"cmd":"quit"}
//   {"cmd":"profile","rounds":3}   milliseconds a step by kind; "layers":1 adds every primitive
//   {"cmd":"output"}               the last layer's result: count, largest, first values
//   {"cmd":"check"}                loss against its gradient (check.c), which is moved by "by":0.05
//
// A failure is answered by {"ok":false,"error":"..."}; the program lives on.
#define _GNU_SOURCE
#include "build.h"
#include "json.h"
#include "memory.h"

#include <malloc.h>
#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double gradient_ratio(plan *p, double by); // check.c

static jmp_buf failed;
static char why[512];
static plan *current;
static int batch;

void fail(const char *format, ...) {
    va_list a;
    va_start(a, format);
    vsnprintf(why, sizeof why, format, a);
    va_end(a);
    longjmp(failed, 1);
}

static void drop(void) {
    plan_free(current);
    current = NULL;
    malloc_trim(0);
}

static void prepare(const char *line) {
    static net n;
    char name[64], task[16];
    drop();
    memory_reset_peak();
    json_text(line, "net", name, sizeof name);
    json_text(line, "task", task, sizeof task);
    batch = (int)json_number(line, "batch", 1);
    omp_set_num_threads((int)json_number(line, "threads", omp_get_num_procs()));
    if (!net_find(&n, name, (int)json_number(line, "size", 224))) fail("unknown net %s", name);
    plan_task(&current, &n, task, batch);
    const dnnl_version_t *v = dnnl_version();
    printf("{\"ok\":true,\"library\":\"oneDNN %d.%d.%d\",\"threads\":%d,\"primitives\":%d,\"planned\":%zu}\n", v->major, v->minor,
           v->patch, omp_get_max_threads(), current->nsteps, current->bytes);
}

static plan *prepared(void) {
    if (!current) fail("nothing is prepared");
    return current;
}

static void run_round(const char *line) {
    plan *p = prepared();
    double seconds = json_number(line, "seconds", 1), best = INFINITY, start = now(), t = start;
    int least = (int)json_number(line, "min_steps", 1), n = 0;
    long faults = memory_faults();
    for (; n < least || n < 1 || t - start < seconds; n++) {
        double before = t;
        plan_run(p);
        t = now();
        best = fmin(best, t - before);
    }
    if (!isfinite(p->loss)) fail("the loss is %g", p->loss);
    printf("{\"ok\":true,\"steps\":%d,\"seconds\":%.6f,\"best_step\":%.6f,\"images\":%ld,\"rss\":%ld,\"peak_rss\":%ld,"
           "\"faults\":%ld,\"value\":%.6f}\n",
           n, t - start, best, (long)n * batch, memory_status("VmRSS:"), memory_status("VmHWM:"), memory_faults() - faults, p->loss);
}

static void profile(const char *line) {
    plan *p = prepared();
    double sum[KINDS] = {0}, all = 0;
    plan_profile(p, (int)json_number(line, "rounds", 3));
    for (int i = 0; i < p->nsteps; i++) sum[p->steps[i].kind] += p->steps[i].best, all += p->steps[i].best;
    printf("{\"ok\":true,\"total\":%.3f,\"ms\":{", 1e3 * all);
    for (int k = 0; k < KINDS; k++) printf("%s\"%s\":%.3f", k ? "," : "", kind_names[k], 1e3 * sum[k]);
    printf("}");
    if (json_number(line, "layers", 0)) {
        printf(",\"layers\":[");
        for (int i = 0; i < p->nsteps; i++) {
            const step *s = &p->steps[i];
            printf("%s{\"layer\":%d,\"kind\":\"%s\",\"ms\":%.3f,\"impl\":\"%s\"}", i ? "," : "", s->layer, kind_names[s->kind],
                   1e3 * s->best, s->impl ? s->impl : "");
        }
        printf("]");
    }
    printf("}\n");
}

static void output(void) {
    plan *p = prepared();
    long n;
    float *v = plain_copy(p, p->out, &n), top = 0;
    int finite = 1;
    for (long i = 0; i < n; i++) finite &= isfinite(v[i]), top = fmaxf(top, fabsf(v[i]));
    printf("{\"ok\":true,\"count\":%ld,\"finite\":%s,\"largest\":%g,\"first\":[", n, finite ? "true" : "false", finite ? top : -1);
    for (int i = 0; i < 16 && i < n && finite; i++) printf("%s%.6g", i ? "," : "", v[i]);
    printf("]}\n");
    free(v);
}

static void answer(const char *line) {
    char cmd[16];
    json_text(line, "cmd", cmd, sizeof cmd);
    if (!strcmp(cmd, "quit")) exit(0);
    if (!strcmp(cmd, "prepare")) prepare(line);
    else if (!strcmp(cmd, "round")) run_round(line);
    else if (!strcmp(cmd, "drop")) drop(), printf("{\"ok\":true}\n");
    else if (!strcmp(cmd, "profile")) profile(line);
    else if (!strcmp(cmd, "output")) output();
    else if (!strcmp(cmd, "check")) printf("{\"ok\":true,\"ratio\":%.6f}\n", gradient_ratio(prepared(), json_number(line, "by", 0.05)));
    else fail("unknown command %s", cmd);
}

void serve(void) {
    static char line[8192];
    while (fgets(line, sizeof line, stdin)) {
        if (strspn(line, " \r\n\t") == strlen(line)) continue;
        if (!setjmp(failed)) {
            answer(line);
        } else {
            for (char *c = why; *c; c++)
                if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ') *c = ' ';
            printf("{\"ok\":false,\"error\":\"%s\"}\n", why);
        }
        fflush(stdout);
    }
}
