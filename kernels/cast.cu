// y = x rounded to bfloat16 (nearest, ties to even), and back (exact).
// x, y: n elements, not overlapping. One thread owns one element.
#include "kernel.h"

extern "C" __global__ void cast_f32_bf16(unsigned short *__restrict__ y, const float *__restrict__ x, long long n) {
  long long i = gotl_index();
  if (i < n) y[i] = gotl_bf16(x[i]);
}
GOTL_KERNEL(cast_f32_bf16)

extern "C" __global__ void cast_bf16_f32(float *__restrict__ y, const unsigned short *__restrict__ x, long long n) {
  long long i = gotl_index();
  if (i < n) y[i] = __uint_as_float((unsigned)x[i] << 16);
}
GOTL_KERNEL(cast_bf16_f32)
