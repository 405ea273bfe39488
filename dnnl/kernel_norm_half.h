// The passes of kernel_norm.c on pictures of bfloat16, which includes this file: x, r, y,
// dy, dx and d are widened piece by piece into buffers that stay in the first cache,
// computed in float32 and rounded to nearest, ties to even. Masks are taken from the
// rounded y, as are those of a gradient that reads y itself.

// widen_piece reads n floats, or n rows of u's width, of the tensor x from at on; rows lie
// STRIP apart in buf.
INLINE void widen_piece(const unit *u, float *buf, const float *x, int64_t at, int64_t n) {
    const uint16_t *h = (const uint16_t *)x + at;
    if (!u->step) {
        widen(buf, h, n);
        return;
    }
    for (int64_t i = 0; i < n; i++) widen(buf + i * STRIP, h + i * u->step, u->width);
}

INLINE void narrow_piece(const unit *u, float *y, int64_t at, const float *buf, int64_t n) {
    uint16_t *h = (uint16_t *)y + at;
    if (!u->step) {
        narrow(h, buf, n);
        return;
    }
    for (int64_t i = 0; i < n; i++) narrow(h + i * u->step, buf + i * STRIP, u->width);
}

// first_mean sets k[0] to the mean of the piece in k->x and returns it by channel.
INLINE void first_mean(const unit *u, walk *k, int64_t n, float *mean) {
    double s[STRIP], count = u->step ? (double)n : (double)n / (double)(u->mask + 1);
    RECTANGLES(add_rows, *u, n, k);
    fold(u, k->s1, s);
    for (int64_t j = 0; j < u->channels; j++) mean[j] = (float)(s[j] / count);
    for (int64_t j = 0; j < u->width; j++) k->k[0][j] = mean[j & u->mask], k->s1[j] = 0;
}

GOTL_CLONES static void half_forward_sums(void *arg, int64_t lo, int64_t hi) {
    const gotl_bn_args *a = arg;
    const gotl_bn_plan *p = &a->plan;
    float xb[PIECE] __attribute__((aligned(64)));
    for (int64_t i = lo; i < hi; i++) {
        unit u = unit_of(p, i);
        walk k = {.step = p->step ? STRIP : LANES, .x = xb};
        double s[STRIP], q[STRIP];
        float mean[STRIP];
        int first = 1;
        PIECES(u, piece(&u)) {
            widen_piece(&u, xb, a->x, at, n);
            if (first) first_mean(&u, &k, n, mean), first = 0;
            RECTANGLES(deviation_rows, u, n, &k);
        }
        fold(&u, k.s1, s);
        fold(&u, k.s2, q);
        double *part = a->part + i * 2 * p->width;
        for (int64_t j = 0; j < u.channels; j++) {
            part[j] = mean[j] + s[j] / u.count;
            part[p->width + j] = q[j] - s[j] * s[j] / u.count;
        }
    }
}

GOTL_CLONES static void half_forward_apply(void *arg, int64_t lo, int64_t hi) {
    const gotl_bn_args *a = arg;
    const gotl_bn_plan *p = &a->plan;
    const gotl_mask_ops *ops = gotl_masks();
    float xb[PIECE] __attribute__((aligned(64))), rb[PIECE] __attribute__((aligned(64))), yb[PIECE] __attribute__((aligned(64)));
    for (int64_t i = hi - 1; i >= lo; i--) {
        unit u = unit_of(p, i);
        walk k = {.step = p->step ? STRIP : LANES, .x = xb, .r = rb, .out = yb};
        for (int64_t j = 0; j < 5; j++) spread(&u, coef(a, j), p->c, k.k[j]);
        PIECES(u, piece(&u)) {
            widen_piece(&u, xb, a->x, at, n);
            if (a->r) {
                widen_piece(&u, rb, a->r, at, n);
                RECTANGLES(apply_residual, u, n, &k);
            } else RECTANGLES(apply_plain, u, n, &k);
            narrow_piece(&u, a->y, at, yb, n);
            if (!a->bits) continue;
            widen_piece(&u, yb, a->y, at, n);
            ops->pack(a->bits + at / 8, yb, n, a->lo, a->hi);
        }
    }
}

// half_upstream widens dy into db, zero where the activation let nothing through.
INLINE void half_upstream(const gotl_bn_args *a, const gotl_mask_ops *ops, const unit *u, int64_t at, int64_t n, float *db, float *yb) {
    widen_piece(u, db, a->dy, at, n);
    if (a->bits) ops->select(db, a->bits + at / 8, db, n);
    else if (a->y) {
        widen_piece(u, yb, a->y, at, n);
        if (u->step) mask_rows(u->width, n, STRIP, STRIP, yb, db, db, a->lo, a->hi);
        else mask_rows(n, 1, 0, 0, yb, db, db, a->lo, a->hi);
    }
}

GOTL_CLONES static void half_backward_sums(void *arg, int64_t lo, int64_t hi) {
    const gotl_bn_args *a = arg;
    const gotl_bn_plan *p = &a->plan;
    const gotl_mask_ops *ops = gotl_masks();
    float xb[PIECE] __attribute__((aligned(64))), db[PIECE] __attribute__((aligned(64))), yb[PIECE] __attribute__((aligned(64)));
    for (int64_t i = lo; i < hi; i++) {
        unit u = unit_of(p, i);
        int64_t step = p->step ? STRIP : LANES;
        walk k = {.step = step, .dstep = step, .x = xb, .d = db};
        spread(&u, a->mean, p->channels, k.k[0]);
        PIECES(u, piece(&u)) {
            widen_piece(&u, xb, a->x, at, n);
            half_upstream(a, ops, &u, at, n, db, yb);
            if (a->d) narrow_piece(&u, a->d, at, db, n);
            RECTANGLES(grad_rows, u, n, &k);
        }
        double *part = a->part + i * 2 * p->width;
        fold(&u, k.s1, part);
        fold(&u, k.s2, part + p->width);
    }
}

GOTL_CLONES static void half_backward_apply(void *arg, int64_t lo, int64_t hi) {
    const gotl_bn_args *a = arg;
    const gotl_bn_plan *p = &a->plan;
    const gotl_mask_ops *ops = gotl_masks();
    float xb[PIECE] __attribute__((aligned(64))), db[PIECE] __attribute__((aligned(64))), yb[PIECE] __attribute__((aligned(64)));
    for (int64_t i = hi - 1; i >= lo; i--) {
        unit u = unit_of(p, i);
        int64_t step = p->step ? STRIP : LANES;
        walk k = {.step = step, .dstep = step, .x = xb, .d = db, .out = yb};
        for (int64_t j = 0; j < 4; j++) spread(&u, coef(a, j), p->c, k.k[j]);
        PIECES(u, piece(&u)) {
            widen_piece(&u, xb, a->x, at, n);
            if (a->d) widen_piece(&u, db, a->d, at, n);
            else half_upstream(a, ops, &u, at, n, db, yb);
            RECTANGLES(dx_rows, u, n, &k);
            narrow_piece(&u, a->dx, at, yb, n);
        }
    }
}
