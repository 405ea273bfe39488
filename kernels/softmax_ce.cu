// Softmax cross-entropy of rows z with soft targets q, one block of 256 threads a
// row; the sums go in a fixed tree, so equal inputs give equal bits.
//
//   row[i] = sum_c q[c] * (logsumexp(z) - z[c])     classes with q = 0 left out
//   dz[c]  = scale[0]*dy[0] * (softmax(z)[c] * sum(q) - q[c])
//
// z, q, dz [n k]; row [n]; scale, dy [1], all f32. A row of weight 0 adds nothing.
// Meaning: graph.SoftmaxCrossEntropy. softmax_ce_sum adds the rows, one block.
#include "kernel.h"

#define THREADS 256

// block_reduce leaves the sum (or maximum) of v over the block in every thread.
template <bool MAX> static __device__ __forceinline__ float block_reduce(float *buf, float v) {
  int t = threadIdx.x;
  buf[t] = v;
  __syncthreads();
  for (int half = THREADS / 2; half > 0; half /= 2) {
    if (t < half) buf[t] = MAX ? fmaxf(buf[t], buf[t + half]) : buf[t] + buf[t + half];
    __syncthreads();
  }
  float r = buf[0];
  __syncthreads();
  return r;
}

static __device__ __forceinline__ float logsumexp(float *buf, const float *z, int k) {
  float top = -INFINITY, sum = 0;
  for (int c = threadIdx.x; c < k; c += THREADS) top = fmaxf(top, z[c]);
  top = block_reduce<true>(buf, top);
  for (int c = threadIdx.x; c < k; c += THREADS) sum += expf(z[c] - top);
  return top + logf(block_reduce<false>(buf, sum));
}

extern "C" __global__ void softmax_ce_rows_f32(float *__restrict__ row, const float *__restrict__ z,
                                               const float *__restrict__ q, int k) {
  __shared__ float buf[THREADS];
  z += blockIdx.x * (long long)k;
  q += blockIdx.x * (long long)k;
  float norm = logsumexp(buf, z, k), sum = 0;
  for (int c = threadIdx.x; c < k; c += THREADS)
    if (q[c] != 0) sum += q[c] * (norm - z[c]);
  sum = block_reduce<false>(buf, sum);
  if (threadIdx.x == 0) row[blockIdx.x] = sum;
}
GOTL_KERNEL_SYNC(softmax_ce_rows_f32)

extern "C" __global__ void softmax_ce_sum_f32(float *__restrict__ y, const float *__restrict__ row,
                                              const float *__restrict__ scale, int n) {
  __shared__ float buf[THREADS];
  float sum = 0;
  for (int i = threadIdx.x; i < n; i += THREADS) sum += row[i];
  sum = block_reduce<false>(buf, sum);
  if (threadIdx.x == 0) *y = *scale * sum;
}
GOTL_KERNEL_SYNC(softmax_ce_sum_f32)

extern "C" __global__ void softmax_ce_grad_f32(float *__restrict__ dz, const float *__restrict__ z,
                                               const float *__restrict__ q, const float *__restrict__ scale,
                                               const float *__restrict__ dy, int k) {
  __shared__ float buf[THREADS];
  z += blockIdx.x * (long long)k;
  q += blockIdx.x * (long long)k;
  dz += blockIdx.x * (long long)k;
  float norm = logsumexp(buf, z, k), weight = 0, s = *scale * *dy;
  for (int c = threadIdx.x; c < k; c += THREADS) weight += q[c];
  weight = block_reduce<false>(buf, weight);
  for (int c = threadIdx.x; c < k; c += THREADS) dz[c] = s * (expf(z[c] - norm) * weight - q[c]);
}
GOTL_KERNEL_SYNC(softmax_ce_grad_f32)
