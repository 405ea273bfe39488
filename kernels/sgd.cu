// d = clip*g + decay*w;  v = mu*v + d;  w = w - rate*(nesterov ? d + mu*v : v)
// w, v, g: n floats of one flat group. hyper: rate, mu; clip: one float. They stay
// on the device, so a captured step can be replayed with new ones. One thread owns
// one element: the launch shape moves no bit. Meaning: graph.SGD.
#include "kernel.h"

extern "C" __global__ void sgd_f32(float *__restrict__ w, float *__restrict__ v, const float *__restrict__ g,
                                   const float *__restrict__ hyper, const float *__restrict__ clip, float decay,
                                   int nesterov, long long n) {
  long long i = gotl_index();
  if (i >= n) return;
  float rate = hyper[0], mu = hyper[1];
  float d = *clip * g[i] + decay * w[i];
  float m = mu * v[i] + d;
  v[i] = m;
  w[i] -= rate * (nesterov ? d + mu * m : m);
}
GOTL_KERNEL(sgd_f32)
