// The driver functions that gorgonia.org/cu and package driver link, without
// linking libcuda: zz_shim.c defines each and forwards to what load.c finds.
#ifndef GOTL_CUSHIM_H
#define GOTL_CUSHIM_H

#include <stdint.h>
#include <stdlib.h>

// Hidden: a true libcuda that is opened later must find its own functions, not these.
// The system headers that cuda.h takes stand above: their functions are not ours.
#pragma GCC visibility push(hidden)
#include <cuda.h>

extern const char *const gotl_cu_names[]; // ends with 0
extern void *gotl_cu_slots[];             // same order; 0: this driver has no such function

// gotl_cu_ready loads libcuda and runs its cuInit at the first call. It returns
// what every forwarded call must return if that failed.
CUresult gotl_cu_ready(void);

// gotl_cu_status does the same and tells more: the file, and why CUDA is off.
CUresult gotl_cu_status(const char **path, const char **why);

#define GOTL_FORWARD(slot, f, args)                      \
    CUresult rc = gotl_cu_ready();                       \
    if (rc != CUDA_SUCCESS)                              \
        return rc;                                       \
    if (!gotl_cu_slots[slot])                            \
        return CUDA_ERROR_NOT_FOUND;                     \
    return ((__typeof__(&f))gotl_cu_slots[slot]) args

#pragma GCC visibility pop
#endif
