#include "kernels.h"

// Channels of one block are summed together, up to sixteen wide, picture after picture.
enum { WIDE = 16 };

GOTL_CLONES static void sum_columns(const gotl_channel_args *a, int64_t block, int64_t at, int64_t wide) {
    double s[WIDE] = {0};
    int64_t blocks = a->c / a->b;
    for (int64_t n = 0; n < a->n; n++) {
        const float *x = a->x + ((n * blocks + block) * a->s) * a->b + at;
        for (int64_t i = 0; i < a->s; i++)
            for (int64_t j = 0; j < wide; j++) s[j] += x[i * a->b + j];
    }
    for (int64_t j = 0; j < wide; j++) {
        int64_t c = block * a->b + at + j;
        if (c < a->channels) a->y[c] = (float)s[j];
    }
}

// Rows are summed in sixteen chains, added in order.
GOTL_CLONES static double sum_row(const float *x, int64_t n) {
    double s[WIDE] = {0}, t = 0;
    int64_t i = 0;
    for (; i + WIDE <= n; i += WIDE)
        for (int j = 0; j < WIDE; j++) s[j] += x[i + j];
    for (; i < n; i++) s[0] += x[i];
    for (int j = 0; j < WIDE; j++) t += s[j];
    return t;
}

static void sum_plane(const gotl_channel_args *a, int64_t c) {
    double s = 0;
    for (int64_t n = 0; n < a->n; n++) s += sum_row(a->x + (n * a->c + c) * a->s, a->s);
    a->y[c] = (float)s;
}

static int64_t strips(int64_t b) { return (b + WIDE - 1) / WIDE; }

static void channels(void *p, int64_t lo, int64_t hi) {
    const gotl_channel_args *a = p;
    for (int64_t i = lo; i < hi; i++) {
        if (a->b == 1) {
            sum_plane(a, i);
            continue;
        }
        int64_t at = i % strips(a->b) * WIDE, left = a->b - at;
        sum_columns(a, i / strips(a->b), at, left < WIDE ? left : WIDE);
    }
}

int gotl_channel_sum(const void *p) {
    const gotl_channel_args *a = p;
    int64_t jobs = a->b == 1 ? a->c : a->c / a->b * strips(a->b);
    gotl_for(jobs, a->n * a->c * a->s < GOTL_GRAIN ? jobs + 1 : 2, 1, channels, (void *)p);
    return 0;
}

static void tails(void *p, int64_t lo, int64_t hi) {
    const gotl_tail_args *a = p;
    int64_t wide = a->c - a->channels;
    for (int64_t n = lo; n < hi; n++) {
        float *y = a->y + ((n + 1) * (a->c / a->b) - 1) * a->s * a->b + a->b - wide;
        for (int64_t s = 0; s < a->s; s++, y += a->b)
            for (int64_t j = 0; j < wide; j++) y[j] = 0;
    }
}

int gotl_zero_tail(const void *p) {
    const gotl_tail_args *a = p;
    gotl_for(a->n, a->n * a->s * a->b < GOTL_GRAIN ? a->n + 1 : 2, 1, tails, (void *)p);
    return 0;
}
