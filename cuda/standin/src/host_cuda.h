// The subset of CUDA C++ that kernels/*.cu keep to, for the host compiler.
#ifndef GOTL_HOST_CUDA_H
#define GOTL_HOST_CUDA_H

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "registry.h"

#define __global__
#define __device__
#define __forceinline__ inline
#define __restrict__ __restrict
#define __shared__ static // blocks run in turn
#define __launch_bounds__(...)

extern gotl_dim threadIdx, blockIdx, blockDim, gridDim;
void __syncthreads();

static inline unsigned __float_as_uint(float f) { unsigned u; memcpy(&u, &f, 4); return u; }
static inline float __uint_as_float(unsigned u) { float f; memcpy(&f, &u, 4); return f; }

namespace gotl {

template <class... A> struct call_of {
    static constexpr size_t sizes[sizeof...(A) + 1] = {sizeof(A)...};
    template <void (*F)(A...), size_t... I> static void go(void **p, std::index_sequence<I...>) {
        F(*static_cast<std::remove_reference_t<A> *>(p[I])...);
    }
    template <void (*F)(A...)> static void call(void **p) { go<F>(p, std::index_sequence_for<A...>{}); }
};

template <class... A> call_of<A...> shape_of(void (*)(A...));

struct add {
    explicit add(const gotl_kernel *k) { gotl_add_kernel(k); }
};

} // namespace gotl

#define GOTL_EXPORT(f, sync)                                                                         \
    static const gotl_kernel gotl_kernel_##f = {#f, &decltype(gotl::shape_of(f))::call<f>,           \
        sizeof decltype(gotl::shape_of(f))::sizes / sizeof(size_t) - 1, decltype(gotl::shape_of(f))::sizes, sync}; \
    static const gotl::add gotl_add_##f(&gotl_kernel_##f);
#define GOTL_KERNEL(f) GOTL_EXPORT(f, false)
#define GOTL_KERNEL_SYNC(f) GOTL_EXPORT(f, true)

#endif
