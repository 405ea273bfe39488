// What every kernel includes. nvcc compiles for the device; the stand-in driver
// compiles the same files for the host (GOTL_HOST). Kernels keep to a subset: no
// textures, no PTX, no shuffles, no atomics; barriers through __syncthreads with
// every thread of the block taking part.
#ifndef GOTL_KERNEL_H
#define GOTL_KERNEL_H

#ifdef GOTL_HOST
#include "host_cuda.h"
#else
#define GOTL_KERNEL(f)
#define GOTL_KERNEL_SYNC(f)
#endif

// gotl_index is this thread's element in a one-dimensional launch.
static __device__ __forceinline__ long long gotl_index() {
  return blockIdx.x * (long long)blockDim.x + threadIdx.x;
}

// gotl_bf16 rounds to the nearest bfloat16, ties to even; NaN stays NaN.
static __device__ __forceinline__ unsigned short gotl_bf16(float f) {
  unsigned u = __float_as_uint(f);
  if ((u & 0x7fffffffu) > 0x7f800000u) return (unsigned short)((u >> 16) | 0x40);
  return (unsigned short)((u + 0x7fffu + ((u >> 16) & 1)) >> 16);
}

#endif
