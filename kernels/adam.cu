// decoupled: w = w - rate*decay*w, else g = g + decay*w, with g = clip*g first;
// m = b1*m + (1-b1)*g;  v = b2*v + (1-b2)*g*g;  w = w - rate*c1*m/(sqrt(v)*c2 + eps)
// w, m, v, g: n floats of one flat group. hyper: rate, b1, b2, c1, c2 (bias
// corrections); clip: one float; both on the device. Meaning: graph.Adam.
#include "kernel.h"

extern "C" __global__ void adam_f32(float *__restrict__ w, float *__restrict__ m, float *__restrict__ v,
                                    const float *__restrict__ g, const float *__restrict__ hyper,
                                    const float *__restrict__ clip, float decay, float eps, int decoupled, long long n) {
  long long i = gotl_index();
  if (i >= n) return;
  float rate = hyper[0], b1 = hyper[1], b2 = hyper[2], c1 = hyper[3], c2 = hyper[4];
  float wi = w[i], gi = *clip * g[i];
  if (decoupled)
    wi -= rate * decay * wi;
  else
    gi += decay * wi;
  float mi = b1 * m[i] + (1 - b1) * gi;
  float vi = b2 * v[i] + (1 - b2) * gi * gi;
  m[i] = mi;
  v[i] = vi;
  w[i] = wi - rate * c1 * mi / (sqrtf(vi) * c2 + eps);
}
GOTL_KERNEL(adam_f32)
