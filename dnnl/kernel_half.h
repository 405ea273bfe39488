// bfloat16 in own kernels: pieces are widened into buffers and results rounded to nearest,
// ties to even; NaN stays NaN. Inlined, so that each copy of a loop (GOTL_CLONES) has its own.
#ifndef GOTL_KERNEL_HALF_H
#define GOTL_KERNEL_HALF_H

#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

INLINE void widen(float *dst, const uint16_t *src, int64_t n) {
    _Pragma("GCC ivdep") for (int64_t i = 0; i < n; i++) {
        union { uint32_t u; float f; } v = {(uint32_t)src[i] << 16};
        dst[i] = v.f;
    }
}

INLINE void narrow(uint16_t *dst, const float *src, int64_t n) {
    _Pragma("GCC ivdep") for (int64_t i = 0; i < n; i++) {
        union { float f; uint32_t u; } v = {src[i]};
        uint32_t r = (v.u + 0x7fff + (v.u >> 16 & 1)) >> 16;
        dst[i] = (uint16_t)((v.u & 0x7fffffff) > 0x7f800000 ? v.u >> 16 | 0x40 : r);
    }
}

#endif
