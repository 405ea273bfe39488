#include "kernels.h"

#include <string.h>

// The inner loops of kernel_norm.c with a mask, in AVX-512's own words: a mask register
// spares the walk over a buffer. Rows are 32 floats in a run.

#if defined(__x86_64__)
#include <immintrin.h>

#define V4 __attribute__((target("avx512f")))
#define EVERY_VECTOR for (int j = 0; j < 2; j++)

V4 static inline __mmask16 mask_at(const uint8_t *bits, int64_t i) {
    uint16_t k;
    memcpy(&k, bits + i / 8, 2);
    return k;
}

V4 static void load(const float *lanes, __m512 *v) { EVERY_VECTOR v[j] = _mm512_loadu_ps(lanes + 16 * j); }

// s1 += d, s2 += d·(x − m), d = dy where its bit is set; d is kept unless NULL.
V4 static void sums_v4(const float *x, const float *dy, const uint8_t *bits, float *d, int64_t rows, const float *m,
                       float *s1, float *s2) {
    __m512 c[2], s[2], q[2];
    load(m, c), load(s1, s), load(s2, q);
    for (int64_t i = 0; i < 32 * rows; i += 32) EVERY_VECTOR {
        int64_t at = i + 16 * j;
        __m512 v = _mm512_maskz_loadu_ps(mask_at(bits, at), dy + at);
        if (d) _mm512_storeu_ps(d + at, v);
        s[j] = _mm512_add_ps(s[j], v);
        q[j] = _mm512_fmadd_ps(v, _mm512_sub_ps(_mm512_loadu_ps(x + at), c[j]), q[j]);
    }
    EVERY_VECTOR _mm512_storeu_ps(s1 + 16 * j, s[j]), _mm512_storeu_ps(s2 + 16 * j, q[j]);
}

// out = k1·d − k2·(x − k0) − k3
V4 static void dx_v4(float *out, const float *x, const float *dy, const uint8_t *bits, int64_t rows, const float *k, int64_t step,
                     int stream) {
    __m512 m[2], a[2], q[2], p[2];
    load(k, m), load(k + step, a), load(k + 2 * step, q), load(k + 3 * step, p);
    for (int64_t i = 0; i < 32 * rows; i += 32) EVERY_VECTOR {
        int64_t at = i + 16 * j;
        __m512 v = _mm512_maskz_loadu_ps(mask_at(bits, at), dy + at);
        __m512 t = _mm512_sub_ps(_mm512_loadu_ps(x + at), m[j]);
        v = _mm512_sub_ps(_mm512_fnmadd_ps(q[j], t, _mm512_mul_ps(a[j], v)), p[j]);
        if (stream) _mm512_stream_ps(out + at, v);
        else _mm512_storeu_ps(out + at, v);
    }
}

// y = clamp((x − k0)·k1 + k2 + r, k3, k4) and its bits; r may be NULL
V4 static void apply_v4(float *y, const float *x, const float *r, uint8_t *bits, int64_t rows, const float *k, int64_t step,
                        float lo, float hi, int stream) {
    __m512 m[2], a[2], b[2], l[2], h[2], above = _mm512_set1_ps(lo), below = _mm512_set1_ps(hi);
    load(k, m), load(k + step, a), load(k + 2 * step, b), load(k + 3 * step, l), load(k + 4 * step, h);
    for (int64_t i = 0; i < 32 * rows; i += 32) EVERY_VECTOR {
        int64_t at = i + 16 * j;
        __m512 v = _mm512_fmadd_ps(_mm512_sub_ps(_mm512_loadu_ps(x + at), m[j]), a[j], b[j]);
        if (r) v = _mm512_add_ps(v, _mm512_loadu_ps(r + at));
        v = _mm512_min_ps(h[j], _mm512_max_ps(l[j], v)); // the second operand where one is NaN
        uint16_t in = _mm512_mask_cmp_ps_mask(_mm512_cmp_ps_mask(v, above, _CMP_GT_OQ), v, below, _CMP_NGE_UQ);
        memcpy(bits + at / 8, &in, 2);
        if (stream) _mm512_stream_ps(y + at, v);
        else _mm512_storeu_ps(y + at, v);
    }
}

static const gotl_bn_ops v4 = {sums_v4, dx_v4, apply_v4};

const gotl_bn_ops *gotl_bn_own(void) { return gotl_isa_limit >= 2 && __builtin_cpu_supports("avx512f") ? &v4 : 0; }
#else
const gotl_bn_ops *gotl_bn_own(void) { return 0; }
#endif
