// The CUDA driver header as gorgonia.org/cu v0.9.6 knows it.
//
// CUDA 13 made newer forms of seven functions the default; cu calls the old ones,
// which every driver still exports. This folder comes first on the include path.
// Raise GOTL_COMPAT in CGO_CFLAGS (Makefile) with any change here: Go's build cache
// does not see headers.
#ifndef GOTL_COMPAT_CUDA_H
#define GOTL_COMPAT_CUDA_H

#include_next <cuda.h>

#if CUDA_VERSION >= 13000
#undef cuMemAdvise
#undef cuMemPrefetchAsync
#undef cuGraphAddDependencies
#undef cuGraphGetEdges
#undef cuEventElapsedTime
#undef cuDeviceGetUuid
#undef cuCtxCreate

#ifdef __cplusplus
extern "C" {
#endif
CUresult CUDAAPI cuMemAdvise(CUdeviceptr devPtr, size_t count, CUmem_advise advice, CUdevice device);
CUresult CUDAAPI cuMemPrefetchAsync(CUdeviceptr devPtr, size_t count, CUdevice dstDevice, CUstream hStream);
CUresult CUDAAPI cuGraphAddDependencies(CUgraph hGraph, const CUgraphNode *from, const CUgraphNode *to, size_t numDependencies);
CUresult CUDAAPI cuGraphGetEdges(CUgraph hGraph, CUgraphNode *from, CUgraphNode *to, size_t *numEdges);
CUresult CUDAAPI cuEventElapsedTime(float *pMilliseconds, CUevent hStart, CUevent hEnd);
CUresult CUDAAPI cuDeviceGetUuid(CUuuid *uuid, CUdevice dev);
CUresult CUDAAPI cuCtxCreate_v2(CUcontext *pctx, unsigned int flags, CUdevice dev);
#ifdef __cplusplus
}
#endif
#define cuCtxCreate cuCtxCreate_v2
#endif

#endif
