// The C side of package dnnl. Nothing here is exported from the binary.
//
// The library is not linked: gotl holds its functions, found by dlsym, with the
// types that the headers give them.
#ifndef GOTL_SHIM_H
#define GOTL_SHIM_H

#include <stdint.h>
#include <oneapi/dnnl/dnnl.h>

#pragma GCC visibility push(hidden)

// Every function of oneDNN that the package calls; each must be there.
#define GOTL_FUNCTIONS(X)                                                              \
    X(dnnl_version)                                                                    \
    X(dnnl_get_effective_cpu_isa)                                                      \
    X(dnnl_set_primitive_cache_capacity)                                               \
    X(dnnl_engine_create)                                                              \
    X(dnnl_engine_destroy)                                                             \
    X(dnnl_stream_create)                                                              \
    X(dnnl_stream_wait)                                                                \
    X(dnnl_stream_destroy)                                                             \
    X(dnnl_memory_desc_create_with_strides)                                            \
    X(dnnl_memory_desc_create_with_tag)                                                \
    X(dnnl_memory_desc_create_submemory)                                               \
    X(dnnl_memory_desc_reshape)                                                        \
    X(dnnl_memory_desc_permute_axes)                                                   \
    X(dnnl_memory_desc_query)                                                          \
    X(dnnl_memory_desc_equal)                                                          \
    X(dnnl_memory_desc_get_size)                                                       \
    X(dnnl_memory_desc_destroy)                                                        \
    X(dnnl_memory_create)                                                              \
    X(dnnl_memory_destroy)                                                             \
    X(dnnl_primitive_attr_create)                                                      \
    X(dnnl_primitive_attr_destroy)                                                     \
    X(dnnl_primitive_attr_set_scratchpad_mode)                                         \
    X(dnnl_primitive_attr_get_scratchpad_mode)                                         \
    X(dnnl_primitive_attr_set_post_ops)                                                \
    X(dnnl_post_ops_create)                                                            \
    X(dnnl_post_ops_destroy)                                                           \
    X(dnnl_post_ops_append_sum)                                                        \
    X(dnnl_post_ops_append_eltwise)                                                    \
    X(dnnl_post_ops_append_binary)                                                     \
    X(dnnl_primitive_desc_destroy)                                                     \
    X(dnnl_primitive_desc_query)                                                       \
    X(dnnl_primitive_desc_query_md)                                                    \
    X(dnnl_primitive_desc_get_attr)                                                    \
    X(dnnl_primitive_create)                                                           \
    X(dnnl_primitive_execute)                                                          \
    X(dnnl_primitive_destroy)                                                          \
    X(dnnl_reorder_primitive_desc_create)                                              \
    X(dnnl_concat_primitive_desc_create)                                               \
    X(dnnl_sum_primitive_desc_create)                                                  \
    X(dnnl_binary_primitive_desc_create)                                               \
    X(dnnl_reduction_primitive_desc_create)                                            \
    X(dnnl_matmul_primitive_desc_create)                                               \
    X(dnnl_convolution_forward_primitive_desc_create)                                  \
    X(dnnl_convolution_backward_data_primitive_desc_create)                            \
    X(dnnl_convolution_backward_weights_primitive_desc_create)                         \
    X(dnnl_inner_product_forward_primitive_desc_create)                                \
    X(dnnl_inner_product_backward_data_primitive_desc_create)                          \
    X(dnnl_inner_product_backward_weights_primitive_desc_create)                       \
    X(dnnl_batch_normalization_forward_primitive_desc_create)                          \
    X(dnnl_batch_normalization_backward_primitive_desc_create)                         \
    X(dnnl_pooling_forward_primitive_desc_create)                                      \
    X(dnnl_pooling_backward_primitive_desc_create)                                     \
    X(dnnl_eltwise_forward_primitive_desc_create)                                      \
    X(dnnl_eltwise_backward_primitive_desc_create)                                     \
    X(dnnl_softmax_forward_primitive_desc_create)                                      \
    X(dnnl_softmax_backward_primitive_desc_create)                                     \
    X(dnnl_lrn_forward_primitive_desc_create)                                          \
    X(dnnl_lrn_backward_primitive_desc_create)

typedef struct {
#define GOTL_SLOT(f) __typeof__(&f) f;
    GOTL_FUNCTIONS(GOTL_SLOT)
#undef GOTL_SLOT
    // Since 3.7; NULL before.
    dnnl_status_t (*set_deterministic)(dnnl_primitive_attr_t, int);
} gotl_api;

extern gotl_api gotl;

// gotl_load opens path and fills gotl. 0: done. Otherwise err holds the reason and
// nothing has changed. On success handle is the library's.
int gotl_load(const char *path, void **handle, char *err, int errlen);

// gotl_file_of writes the path of the library that holds symbol, "" if none does.
void gotl_file_of(void *handle, const char *symbol, char *path, int len);

// threads.c: own kernels run on oneDNN's OpenMP threads.

// gotl_body works on elements lo <= i < hi.
typedef void (*gotl_body)(void *arg, int64_t lo, int64_t hi);

// gotl_threads_init takes GOMP_parallel and its friends from the runtime that the
// library brought. Returns 1, or 0 if it has no such functions: then loops are serial.
int gotl_threads_init(void *handle);

// gotl_threads returns how many threads a loop uses.
int gotl_threads(void);

// gotl_for splits 0 <= i < n into one range a thread, all boundaries multiples of
// align. Loops of fewer than grain elements run in the caller.
void gotl_for(int64_t n, int64_t grain, int64_t align, gotl_body f, void *arg);

// gotl_chain runs loops one behind another, each begun when the one before is done by
// all threads; in the caller unless parallel.
typedef struct { int64_t n; gotl_body f; } gotl_loop;
void gotl_chain(const gotl_loop *loops, int count, int parallel, void *arg);

// steps.c: a compiled program.

typedef int (*gotl_kernel)(const void *args);

typedef struct {
    const_dnnl_primitive_t prim; // NULL: kernel
    gotl_kernel kernel;
    void *args;    // dnnl_exec_arg_t[nargs], or the kernel's own block
    int64_t nargs;
} gotl_step;

// gotl_run executes steps[0..n) and returns the first status that is not 0, its
// place in *failed. If ns is not NULL, step i's nanoseconds are added to ns[i].
int gotl_run(const gotl_step *steps, int64_t n, dnnl_stream_t stream, int64_t *failed, int64_t *ns);

// arena.c

// gotl_map returns zeroed memory at a multiple of 64 bytes (2 MiB for big blocks,
// which are huge-page advised), NULL if there is none. gotl_unmap needs the same size.
void *gotl_map(int64_t bytes);
void gotl_unmap(void *p, int64_t bytes);

#pragma GCC visibility pop
#endif
