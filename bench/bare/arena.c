//go:build ignore

// Places of buffers: two that are never alive in the same step may share bytes.
#define _GNU_SOURCE
#include "plan.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { ALIGN = 128, HUGE = 2 << 20 };

static const buffer *sorting;

static int larger(const void *a, const void *b) {
    size_t x = sorting[*(const int *)a].bytes, y = sorting[*(const int *)b].bytes;
    return x < y ? 1 : x > y ? -1 : *(const int *)a - *(const int *)b;
}

static int meet(const buffer *a, const buffer *b) {
    return a->keep || b->keep || (a->first <= b->last && b->first <= a->last);
}

// place finds the lowest gap among the buffers already placed that b meets.
static void place(plan *p, const int *order, int placed, buffer *b) {
    size_t at = 0;
    for (int moved = 1; moved;) {
        moved = 0;
        for (int i = 0; i < placed; i++) {
            const buffer *o = &p->bufs[order[i]];
            if (meet(o, b) && at < o->offset + o->bytes && o->offset < at + b->bytes) {
                at = (o->offset + o->bytes + ALIGN - 1) / ALIGN * ALIGN;
                moved = 1;
            }
        }
    }
    b->offset = at;
    if (at + b->bytes > p->bytes) p->bytes = at + b->bytes;
}

static void arena_new(plan *p) {
    int *order = malloc((p->nbufs + 1) * sizeof *order), n = 0;
    for (int i = 0; i < p->nbufs; i++)
        if (p->bufs[i].keep || p->bufs[i].last >= 0) order[n++] = i;
    sorting = p->bufs;
    qsort(order, n, sizeof *order, larger);
    for (int i = 0; i < n; i++) place(p, order, i, &p->bufs[order[i]]);
    free(order);
    p->bytes = (p->bytes + HUGE) / HUGE * HUGE;
    char *m = mmap(NULL, p->bytes + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (m == MAP_FAILED) fail("no memory for %zu bytes", p->bytes);
    size_t head = (HUGE - (uintptr_t)m % HUGE) % HUGE;
    if (head) munmap(m, head);
    if (HUGE - head) munmap(m + head + p->bytes, HUGE - head);
    madvise(m + head, p->bytes, MADV_HUGEPAGE);
    p->arena = m + head;
}

void arena_free(plan *p) {
    if (p->arena) munmap(p->arena, p->bytes);
}

void plan_finish(plan *p) {
    arena_new(p);
    memories(p);
    fill_all(p);
    plan_run(p); // touches every page and shows failures
}
