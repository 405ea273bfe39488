// Kernels compiled for the host: found by name, run block after block.
#ifndef GOTL_REGISTRY_H
#define GOTL_REGISTRY_H

#include <cstddef>

struct gotl_dim { unsigned x, y, z; };

struct gotl_kernel {
    const char *name;
    void (*call)(void **params); // one thread
    size_t params;
    const size_t *sizes; // of the parameters, bytes
    bool barriers;       // calls __syncthreads
};

void gotl_add_kernel(const gotl_kernel *k);
const gotl_kernel *gotl_find_kernel(const char *name);

// gotl_run_kernel returns 0, or 1 if threads of a block part at a barrier.
int gotl_run_kernel(const gotl_kernel *k, gotl_dim grid, gotl_dim block, void **params);

#endif
