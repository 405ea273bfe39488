#include "kernels.h"

#include <string.h>

// What the compiler does not find by itself: one bit an element, and stores that do not
// first read the line they replace. n is a multiple of 8 in pack and select.

static void pack_any(uint8_t *bits, const float *y, int64_t n, float lo, float hi) {
    for (int64_t i = 0; i < n; i += 8) {
        unsigned b = 0;
        for (int j = 0; j < 8; j++) b |= (unsigned)((y[i + j] > lo) & !(y[i + j] >= hi)) << j;
        bits[i / 8] = (uint8_t)b;
    }
}

static void select_any(float *d, const uint8_t *bits, const float *dy, int64_t n) {
    for (int64_t i = 0; i < n; i++) d[i] = bits[i / 8] >> i % 8 & 1 ? dy[i] : 0;
}

static void stream_any(float *dst, const float *src, int64_t n) { memcpy(dst, src, (size_t)n * sizeof *dst); }
static void fence_any(void) {}

int gotl_isa_limit = 2;

static const gotl_mask_ops any = {pack_any, select_any, stream_any, fence_any};

#if defined(__x86_64__)
#include <immintrin.h>

#define V3 __attribute__((target("avx2")))
#define V4 __attribute__((target("avx512f,avx512bw")))

V3 static void pack_v3(uint8_t *bits, const float *y, int64_t n, float lo, float hi) {
    __m256 l = _mm256_set1_ps(lo), h = _mm256_set1_ps(hi);
    for (int64_t i = 0; i < n; i += 8) {
        __m256 v = _mm256_loadu_ps(y + i);
        __m256 in = _mm256_and_ps(_mm256_cmp_ps(v, l, _CMP_GT_OQ), _mm256_cmp_ps(v, h, _CMP_NGE_UQ));
        bits[i / 8] = (uint8_t)_mm256_movemask_ps(in);
    }
}

V3 static void select_v3(float *d, const uint8_t *bits, const float *dy, int64_t n) {
    const __m256i lane = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    for (int64_t i = 0; i < n; i += 8) {
        __m256i b = _mm256_and_si256(_mm256_set1_epi32(bits[i / 8]), lane);
        __m256 m = _mm256_castsi256_ps(_mm256_cmpeq_epi32(b, lane));
        _mm256_storeu_ps(d + i, _mm256_and_ps(m, _mm256_loadu_ps(dy + i)));
    }
}

V3 static void stream_v3(float *dst, const float *src, int64_t n) {
    int64_t i = 0;
    for (; i < n && (uintptr_t)(dst + i) % 32; i++) dst[i] = src[i];
    for (; i + 8 <= n; i += 8) _mm256_stream_ps(dst + i, _mm256_loadu_ps(src + i));
    for (; i < n; i++) dst[i] = src[i];
}

V4 static void pack_v4(uint8_t *bits, const float *y, int64_t n, float lo, float hi) {
    __m512 l = _mm512_set1_ps(lo), h = _mm512_set1_ps(hi);
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m512 v = _mm512_loadu_ps(y + i);
        uint16_t k = _mm512_mask_cmp_ps_mask(_mm512_cmp_ps_mask(v, l, _CMP_GT_OQ), v, h, _CMP_NGE_UQ);
        memcpy(bits + i / 8, &k, 2);
    }
    pack_any(bits + i / 8, y + i, n - i, lo, hi);
}

V4 static void select_v4(float *d, const uint8_t *bits, const float *dy, int64_t n) {
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        uint16_t k;
        memcpy(&k, bits + i / 8, 2);
        _mm512_storeu_ps(d + i, _mm512_maskz_loadu_ps(k, dy + i));
    }
    select_any(d + i, bits + i / 8, dy + i, n - i);
}

V4 static void stream_v4(float *dst, const float *src, int64_t n) {
    int64_t i = 0;
    for (; i < n && (uintptr_t)(dst + i) % 64; i++) dst[i] = src[i];
    for (; i + 16 <= n; i += 16) _mm512_stream_ps(dst + i, _mm512_loadu_ps(src + i));
    for (; i < n; i++) dst[i] = src[i];
}

static void fence(void) { _mm_sfence(); }

static const gotl_mask_ops v3 = {pack_v3, select_v3, stream_v3, fence}, v4 = {pack_v4, select_v4, stream_v4, fence};

const gotl_mask_ops *gotl_masks(void) {
    if (gotl_isa_limit >= 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) return &v4;
    return gotl_isa_limit >= 1 && __builtin_cpu_supports("avx2") ? &v3 : &any;
}
#else
const gotl_mask_ops *gotl_masks(void) { return &any; }
#endif
