#include "kernel_half.h"
#include "kernels.h"

#include <math.h>

// Batch normalisation on batch statistics with a residual and an activation, forward
// and backward. A tensor is cut into units of some 16,000 elements, the same
// ones for any number of threads: some pictures or a part of one, a strip of
// channels. Each pass is one walk over memory:
//
//	sums    every unit leaves two sums a channel in part
//	finish  every strip adds its units' sums in order, in double
//	apply   the result; units in reverse, so that the latest read come from the cache
//
// Where a block of channels divides LANES, a tile (picture, strip) is a run of floats
// in which lane j always belongs to channel j % b. Other channels-last tensors are
// rows, of which a strip takes STRIP floats. What needs the processor's own words
// (kernel_mask.c) is done on pieces that stay in the first cache.
enum { LANES = 32, STRIP = 64, UNIT = 16384, PIECE = 1024 };

#define EVERY_LANE _Pragma("GCC ivdep") for (int64_t j = 0; j < w; j++)

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

void gotl_bn_cut(gotl_bn_plan *p, int64_t n, int64_t c, int64_t s, int64_t b, int64_t channels) {
    if (b == 1 && s == 1) b = c;
    if (b == c) s *= n, n = 1; // channels last: one picture
    *p = (gotl_bn_plan){.n = n, .c = c, .channels = channels, .count = n * s};
    p->step = b <= LANES && LANES % b == 0 ? 0 : c;
    p->width = p->step ? STRIP : b;
    p->strips = p->step ? ceil_div(c, STRIP) : c / b;
    p->len = p->step ? s : s * b;
    int64_t most = p->step ? UNIT / (c < STRIP ? c : STRIP) : UNIT;
    p->chunks = ceil_div(p->len, most);
    p->chunk = ceil_div(ceil_div(p->len, p->chunks), LANES) * LANES;
    p->chunks = ceil_div(p->len, p->chunk);
    p->group = p->chunks == 1 && p->len < most ? most / p->len : 1;
    if (p->group > n) p->group = n;
    p->groups = ceil_div(n, p->group);
    p->units = p->groups * p->strips * p->chunks;
    p->sums = p->units * 2 * p->width;
    p->bits = p->step || b % 8 ? 0 : n * c * s / 8;
}

// unit is what one job works on: tiles that lie jump apart, each of len floats, or of
// len rows where step is not 0. Lane j holds channel + (j & mask); count is elements
// a channel.
typedef struct {
    int64_t at, tiles, jump, len, step, width;
    int64_t channel, channels, mask, count;
} unit;

static unit unit_of(const gotl_bn_plan *p, int64_t i) {
    int64_t chunk = i % p->chunks, strip = i / p->chunks % p->strips, group = i / p->chunks / p->strips;
    unit u = {.tiles = p->n - group * p->group, .jump = p->strips * p->len, .channel = strip * p->width, .step = p->step};
    if (u.tiles > p->group) u.tiles = p->group;
    u.len = p->len - chunk * p->chunk;
    if (u.len > p->chunk) u.len = p->chunk;
    if (p->step) {
        u.width = u.channels = p->c - u.channel < STRIP ? p->c - u.channel : STRIP;
        u.at = chunk * p->chunk * p->c + u.channel;
        u.count = u.len, u.mask = STRIP - 1;
        return u;
    }
    u.width = LANES, u.channels = p->width, u.mask = p->width - 1;
    u.at = (group * p->group * p->strips + strip) * p->len + chunk * p->chunk;
    u.count = u.tiles * (u.len / p->width);
    return u;
}

// walk holds what the inner loops see: tensors, constants and sums of each lane. Rows of
// x, r and out lie step apart, those of d dstep.
typedef struct {
    const float *x, *r, *d;
    float *out;
    int64_t step, dstep;
    float k[5][STRIP], s1[STRIP], s2[STRIP];
} walk;

// Calls f(w, rows, at, k) for len floats, or len rows; the usual widths are constants.
#define RECTANGLES(f, u, len, k)                                          \
    do {                                                                  \
        if ((u).step) {                                                   \
            if ((u).width == STRIP) f(STRIP, len, 0, k);                  \
            else f((u).width, len, 0, k);                                 \
            break;                                                        \
        }                                                                 \
        f(LANES, (len) / LANES, 0, k);                                    \
        if ((len) % LANES) f((len) % LANES, 1, (len) / LANES * LANES, k); \
    } while (0)

// Walks over what the processor's own loops leave of u: all pieces if there are none, else
// what does not fill a row.
#define REST(u, own)                                             \
    for (unit v_ = (own) ? rest_of(&(u)) : (u), *w_ = &v_; w_; w_ = 0) \
        if (v_.len) PIECES(v_, piece(&v_))

// Walks over u's pieces: at is where one begins, n its length in floats or rows.
#define PIECES(u, most)                                                                      \
    for (int64_t t_ = 0; t_ < (u).tiles; t_++)                                               \
        for (int64_t o_ = 0, n = 0, at = 0;                                                  \
             o_ < (u).len && (n = (u).len - o_ < (most) ? (u).len - o_ : (most),             \
                              at = (u).at + t_ * (u).jump + o_ * ((u).step ? (u).step : 1), 1); \
             o_ += n)

// rest_of returns the part of each tile of u behind its whole rows.
static unit rest_of(const unit *u) {
    unit v = *u;
    v.len = u->len % LANES, v.at = u->at + u->len - v.len;
    return v;
}

// piece is how many floats, or rows of STRIP floats, fit a buffer.
static int64_t piece(const unit *u) { return u->step ? PIECE / STRIP : PIECE; }

// spread fills a lane's constant from a value per channel, zero from limit on.
static void spread(const unit *u, const float *v, int64_t limit, float *lane) {
    int64_t n = u->channels < limit - u->channel ? u->channels : limit - u->channel;
    for (int64_t j = 0; j < n; j++) lane[j] = v[u->channel + j];
    for (int64_t j = n; j < u->channels; j++) lane[j] = 0;
    for (int64_t j = u->channels; j < u->width; j++) lane[j] = lane[j - u->channels];
}

// fold adds lanes to their channels.
static void fold(const unit *u, const float *lane, double *sum) {
    for (int64_t j = 0; j < u->channels; j++) sum[j] = 0;
    for (int64_t j = 0; j < u->width; j++) sum[j & u->mask] += lane[j];
}

INLINE void add_rows(int64_t w, int64_t rows, int64_t at, walk *k) {
    const float *x = k->x + at;
    float s[STRIP];
    EVERY_LANE s[j] = k->s1[j];
    for (int64_t i = 0; i < rows; i++, x += k->step) EVERY_LANE s[j] += x[j];
    EVERY_LANE k->s1[j] = s[j];
}

// Sums of deviations from k[0] and of their squares.
INLINE void deviation_rows(int64_t w, int64_t rows, int64_t at, walk *k) {
    const float *x = k->x + at;
    float m[STRIP], s[STRIP], q[STRIP];
    EVERY_LANE m[j] = k->k[0][j], s[j] = k->s1[j], q[j] = k->s2[j];
    for (int64_t i = 0; i < rows; i++, x += k->step) EVERY_LANE {
        float v = x[j] - m[j];
        s[j] += v;
        q[j] += v * v;
    }
    EVERY_LANE k->s1[j] = s[j], k->s2[j] = q[j];
}

// sample sets k[0] to the mean of an eighth of the unit's elements and returns it by
// channel. Whatever it is, its distance from the unit's mean is at most √8 deviations: the
// sums about it are good to one digit less than those about the mean itself.
INLINE void sample(const gotl_bn_args *a, const unit *whole, walk *k, float *mean) {
    unit u = *whole;
    int64_t all = u.len * u.tiles;
    if (u.tiles > 1) u.tiles = (u.tiles + 7) / 8;
    else if (u.step) u.len = (u.len + 7) / 8;
    else u.len = u.len / 8 < LANES ? u.len : u.len / 8 / LANES * LANES;
    PIECES(u, u.len) {
        k->x = a->x + at;
        RECTANGLES(add_rows, u, n, k);
    }
    double s[STRIP], count = (double)whole->count * u.len * u.tiles / all;
    fold(&u, k->s1, s);
    for (int64_t j = 0; j < u.channels; j++) mean[j] = (float)(s[j] / count);
    for (int64_t j = 0; j < u.width; j++) k->k[0][j] = mean[j & u.mask], k->s1[j] = 0;
}

// part[0] = mean, part[1] = Σ (x − mean)² of each channel of the unit: sums about a value
// near the mean, corrected for the distance, so that little cancels (Chan, Golub, LeVeque,
// The American Statistician 37, 1983).
GOTL_CLONES static void forward_sums(void *arg, int64_t lo, int64_t hi) {
    const gotl_bn_args *a = arg;
    const gotl_bn_plan *p = &a->plan;
    for (int64_t i = lo; i < hi; i++) {
        unit u = unit_of(p, i);
        walk k = {.step = p->step ? p->step : LANES};
        double s[STRIP], q[STRIP];
        float mean[STRIP];
        sample(a, &u, &k, mean);
        PIECES(u, u.len) {
            k.x = a->x + at;
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

// coef returns row i of the constants that finish leaves for apply.
static float *coef(const gotl_bn_args *a, int64_t i) { return a->coef + i * a->plan.c; }

// forward_channel leaves y = clamp((x − k0)·k1 + k2 + r, k3, k4). Padding stays zero
// under any clamp.
static void forward_channel(const gotl_bn_args *a, int64_t c, double mean, double m2) {
    float k[5] = {0};
    if (c < a->plan.channels) {
        double v = m2 / a->plan.count, s = a->scale[c] / sqrt(v + a->eps);
        k[0] = a->mean[c] = (float)mean;
        a->variance[c] = (float)v;
        k[1] = (float)s;
        k[2] = (float)(a->bias[c] - (mean - k[0]) * s);
        k[3] = a->lo, k[4] = a->hi;
    }
    for (int i = 0; i < 5; i++) coef(a, i)[c] = k[i];
}

static void forward_finish(void *arg, int64_t lo, int64_t hi) {
    const gotl_bn_args *a = arg;
    const gotl_bn_plan *p = &a->plan;
    for (int64_t strip = lo; strip < hi; strip++) {
        double mean[STRIP] = {0}, m2[STRIP] = {0};
        int64_t w = 0;
        for (int pass = 0; pass < 2; pass++)
            for (int64_t g = 0; g < p->groups; g++)
                for (int64_t ch = 0; ch < p->chunks; ch++) {
                    int64_t i = (g * p->strips + strip) * p->chunks + ch;
                    unit u = unit_of(p, i);
                    const double *m = a->part + i * 2 * p->width, *q = m + p->width;
                    double n = u.count, share = n / p->count;
                    w = u.channels;
                    if (pass == 0) EVERY_LANE mean[j] += m[j] * share;
                    else EVERY_LANE m2[j] += q[j] + n * (m[j] - mean[j]) * (m[j] - mean[j]);
                }
        EVERY_LANE forward_channel(a, strip * p->width + j, mean[j], m2[j]);
    }
}

INLINE void apply_rows(int64_t w, int64_t rows, int64_t at, walk *k, int residual) {
    const float *x = k->x + at, *r = residual ? k->r + at : x;
    float *y = k->out + at, m[STRIP], a[STRIP], b[STRIP], lo[STRIP], hi[STRIP];
    EVERY_LANE m[j] = k->k[0][j], a[j] = k->k[1][j], b[j] = k->k[2][j], lo[j] = k->k[3][j], hi[j] = k->k[4][j];
    for (int64_t i = 0; i < rows; i++, x += k->step, r += k->step, y += k->step) EVERY_LANE {
        float v = (x[j] - m[j]) * a[j] + b[j];
        if (residual) v += r[j];
        v = v < lo[j] ? lo[j] : v;
        y[j] = v > hi[j] ? hi[j] : v;
    }
}

INLINE void apply_plain(int64_t w, int64_t rows, int64_t at, walk *k) { apply_rows(w, rows, at, k, 0); }
INLINE void apply_residual(int64_t w, int64_t rows, int64_t at, walk *k) { apply_rows(w, rows, at, k, 1); }

// own_ops returns the processor's own loops, which want a mask. Where memory lies decides
// nothing but the kind of store, so that it changes no bit.
static const gotl_bn_ops *own_ops(const gotl_bn_args *a) { return a->bits ? gotl_bn_own() : 0; }

// own_streams: a result is stored past the cache where every tile begins at a line.
static int own_streams(const gotl_bn_args *a, const float *result) {
    return a->stream && (uintptr_t)result % 64 == 0 && a->plan.width % 16 == 0;
}

GOTL_CLONES static void forward_apply(void *arg, int64_t lo, int64_t hi) {
    const gotl_bn_args *a = arg;
    const gotl_bn_plan *p = &a->plan;
    const gotl_mask_ops *ops = gotl_masks();
    float buf[PIECE] __attribute__((aligned(64)));
    int stream = a->stream && !p->step;
    const gotl_bn_ops *own = own_ops(a);
    for (int64_t i = hi - 1; i >= lo; i--) {
        unit u = unit_of(p, i);
        walk k = {.step = p->step ? p->step : LANES};
        for (int64_t j = 0; j < 5; j++) spread(&u, coef(a, j), p->c, k.k[j]);
        if (own) PIECES(u, u.len)
            own->apply(a->y + at, a->x + at, a->r ? a->r + at : 0, a->bits + at / 8, n / LANES, k.k[0], STRIP, a->lo, a->hi,
                       own_streams(a, a->y));
        REST(u, own) {
            k.x = a->x + at, k.r = a->r ? a->r + at : 0, k.out = stream ? buf : a->y + at;
            if (a->r) RECTANGLES(apply_residual, u, n, &k);
            else RECTANGLES(apply_plain, u, n, &k);
            if (a->bits) ops->pack(a->bits + at / 8, k.out, n, a->lo, a->hi);
            if (stream) ops->stream(a->y + at, buf, n);
        }
    }
    ops->fence();
}

// three runs the passes; small tensors stay in the caller.
static int three(const void *arg, gotl_body sums, gotl_body finish, gotl_body apply) {
    const gotl_bn_plan *p = &((const gotl_bn_args *)arg)->plan;
    const gotl_loop loops[] = {{p->units, sums}, {p->strips, finish}, {p->units, apply}};
    gotl_chain(loops, 3, p->count * p->c >= GOTL_GRAIN, (void *)arg);
    return 0;
}


// mask_rows is the activation's gradient: d = dy where lo < y and not y >= hi.
INLINE void mask_rows(int64_t w, int64_t rows, int64_t step, int64_t dstep, const float *y, const float *dy, float *d, float lo, float hi) {
    for (int64_t i = 0; i < rows; i++, y += step, dy += step, d += dstep)
        EVERY_LANE d[j] = (y[j] > lo) & !(y[j] >= hi) ? dy[j] : 0;
}

// upstream returns d of the piece at at, in dst if it has to be made.
INLINE const float *upstream(const gotl_bn_args *a, const gotl_mask_ops *ops, const unit *u, int64_t at, int64_t n, float *dst, int64_t dstep) {
    const float *dy = a->dy + at;
    if (a->bits) ops->select(dst, a->bits + at / 8, dy, n);
    else if (a->y && u->step) mask_rows(u->width, n, u->step, dstep, a->y + at, dy, dst, a->lo, a->hi);
    else if (a->y) mask_rows(n, 1, 0, 0, a->y + at, dy, dst, a->lo, a->hi);
    else return dy;
    return dst;
}

INLINE void grad_rows(int64_t w, int64_t rows, int64_t at, walk *k) {
    const float *x = k->x + at, *d = k->d + at;
    float m[STRIP], s[STRIP], q[STRIP];
    EVERY_LANE m[j] = k->k[0][j], s[j] = k->s1[j], q[j] = k->s2[j];
    for (int64_t i = 0; i < rows; i++, x += k->step, d += k->dstep) EVERY_LANE {
        s[j] += d[j];
        q[j] += d[j] * (x[j] - m[j]);
    }
    EVERY_LANE k->s1[j] = s[j], k->s2[j] = q[j];
}

INLINE void copy_rows(int64_t w, int64_t rows, int64_t at, walk *k) {
    for (int64_t i = 0; i < rows; i++, at += k->step) EVERY_LANE k->out[at + j] = k->d[at + j];
}

// part[0] = Σ d, part[1] = Σ d·(x − mean)
GOTL_CLONES static void backward_sums(void *arg, int64_t lo, int64_t hi) {
    const gotl_bn_args *a = arg;
    const gotl_bn_plan *p = &a->plan;
    const gotl_mask_ops *ops = gotl_masks();
    const gotl_bn_ops *own = own_ops(a);
    float buf[PIECE] __attribute__((aligned(64)));
    for (int64_t i = lo; i < hi; i++) {
        unit u = unit_of(p, i);
        int64_t step = p->step ? p->step : LANES, made = a->d || !p->step ? step : STRIP;
        walk k = {.step = step};
        spread(&u, a->mean, p->channels, k.k[0]);
        if (own) PIECES(u, u.len)
            own->sums(a->x + at, a->dy + at, a->bits + at / 8, a->d ? a->d + at : 0, n / LANES, k.k[0], k.s1, k.s2);
        REST(u, own) {
            k.x = a->x + at;
            k.d = upstream(a, ops, &u, at, n, a->d ? a->d + at : buf, made);
            k.dstep = k.d == a->dy + at ? step : made;
            if (a->d && k.d != a->d + at) {
                k.out = a->d + at;
                RECTANGLES(copy_rows, u, n, &k);
            }
            RECTANGLES(grad_rows, u, n, &k);
        }
        double *part = a->part + i * 2 * p->width;
        fold(&u, k.s1, part);
        fold(&u, k.s2, part + p->width);
    }
}

// backward_channel leaves dx = k1·d − k2·(x − k0) − k3.
static void backward_channel(const gotl_bn_args *a, int64_t c, double s, double q) {
    float k[4] = {0};
    if (c < a->plan.channels) {
        double r = 1 / sqrt((double)a->variance[c] + a->eps), f = a->scale[c] * r;
        a->dscale[c] = (float)(q * r);
        a->dbias[c] = (float)s;
        k[0] = a->mean[c], k[1] = (float)f;
        k[2] = (float)(f * r * r * q / a->plan.count);
        k[3] = (float)(f * s / a->plan.count);
    }
    for (int i = 0; i < 4; i++) coef(a, i)[c] = k[i];
}

static void backward_finish(void *arg, int64_t lo, int64_t hi) {
    const gotl_bn_args *a = arg;
    const gotl_bn_plan *p = &a->plan;
    for (int64_t strip = lo; strip < hi; strip++) {
        double s[STRIP] = {0}, q[STRIP] = {0};
        int64_t w = 0;
        for (int64_t g = 0; g < p->groups; g++)
            for (int64_t ch = 0; ch < p->chunks; ch++) {
                int64_t i = (g * p->strips + strip) * p->chunks + ch;
                const double *part = a->part + i * 2 * p->width;
                w = unit_of(p, i).channels;
                EVERY_LANE s[j] += part[j], q[j] += part[p->width + j];
            }
        EVERY_LANE backward_channel(a, strip * p->width + j, s[j], q[j]);
    }
}

INLINE void dx_rows(int64_t w, int64_t rows, int64_t at, walk *k) {
    const float *x = k->x + at, *d = k->d + at;
    float *dx = k->out + at, m[STRIP], a[STRIP], q[STRIP], p[STRIP];
    EVERY_LANE m[j] = k->k[0][j], a[j] = k->k[1][j], q[j] = k->k[2][j], p[j] = k->k[3][j];
    for (int64_t i = 0; i < rows; i++, x += k->step, d += k->dstep, dx += k->step) EVERY_LANE {
        dx[j] = a[j] * d[j] - q[j] * (x[j] - m[j]) - p[j];
    }
}

GOTL_CLONES static void backward_apply(void *arg, int64_t lo, int64_t hi) {
    const gotl_bn_args *a = arg;
    const gotl_bn_plan *p = &a->plan;
    const gotl_mask_ops *ops = gotl_masks();
    float buf[PIECE] __attribute__((aligned(64)));
    int stream = a->stream && !p->step;
    const gotl_bn_ops *own = a->d ? 0 : own_ops(a);
    for (int64_t i = hi - 1; i >= lo; i--) {
        unit u = unit_of(p, i);
        int64_t step = p->step ? p->step : LANES, made = p->step ? STRIP : LANES;
        walk k = {.step = step};
        for (int64_t j = 0; j < 4; j++) spread(&u, coef(a, j), p->c, k.k[j]);
        if (own) PIECES(u, u.len)
            own->dx(a->dx + at, a->x + at, a->dy + at, a->bits + at / 8, n / LANES, k.k[0], STRIP, own_streams(a, a->dx));
        REST(u, own) {
            k.x = a->x + at;
            k.d = a->d ? a->d + at : upstream(a, ops, &u, at, n, buf, made);
            k.dstep = k.d == buf ? made : step;
            k.out = stream ? buf : a->dx + at;
            RECTANGLES(dx_rows, u, n, &k);
            if (stream) ops->stream(a->dx + at, buf, n);
        }
    }
    ops->fence();
}

#include "kernel_norm_half.h"

int gotl_bn_forward(const void *arg) {
    if (((const gotl_bn_args *)arg)->half) return three(arg, half_forward_sums, forward_finish, half_forward_apply);
    return three(arg, forward_sums, forward_finish, forward_apply);
}

int gotl_bn_backward(const void *arg) {
    if (((const gotl_bn_args *)arg)->half) return three(arg, half_backward_sums, backward_finish, half_backward_apply);
    return three(arg, backward_sums, backward_finish, backward_apply);
}
