// A stand-in for libcuda.so.1: device memory is host memory, a stream runs at once,
// capture records, kernels are those of kernels/ compiled for the host. It checks
// what a driver would punish later: leaks, double frees, writes beside a buffer,
// unknown handles, calls without a context, work on a captured stream.
//
// It proves logic. It says nothing of speed or of what NVIDIA's driver accepts.
#include <cuda.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <time.h>
#include <vector>

#include "registry.h"

namespace {

constexpr size_t kGuard = 256;
constexpr unsigned char kGuardByte = 0xA5;

using Op = std::function<CUresult()>;
struct Graph { std::vector<Op> ops; };
struct Stream { Graph *capture = nullptr; };
struct Event { bool recorded = false; double ms = 0; };
struct Module {};

std::map<uintptr_t, size_t> memory;           // device: address, bytes
std::map<uintptr_t, size_t> pinned;           // host
std::set<void *> streams, events, modules, graphs, execs;
int contexts = 0;
bool current = false;
long calls = 0, fail_at = 0;
int fail_code = 0;
const char *failed = "";

long env(const char *name, long otherwise) {
    const char *v = getenv(name);
    return v && *v ? atol(v) : otherwise;
}

// enter counts a call; the nth fails as asked, having done nothing.
CUresult enter(const char *name) {
    if (++calls == fail_at) {
        failed = name;
        return static_cast<CUresult>(fail_code);
    }
    return CUDA_SUCCESS;
}

#define ENTER                                   \
    if (CUresult rc_ = enter(__func__))         \
    return rc_
#define CONTEXT \
    if (!current) \
    return CUDA_ERROR_INVALID_CONTEXT
#define WANT(cond, code) \
    if (!(cond))         \
    return code

// within tells whether n bytes at p lie in one live block of m.
bool within(const std::map<uintptr_t, size_t> &m, uintptr_t p, size_t n) {
    auto i = m.upper_bound(p);
    if (i == m.begin())
        return false;
    --i;
    return p >= i->first && p - i->first <= i->second && n <= i->second - (p - i->first);
}

bool guards_whole(uintptr_t p, size_t n) {
    auto *lo = reinterpret_cast<unsigned char *>(p) - kGuard, *hi = reinterpret_cast<unsigned char *>(p) + n;
    for (size_t i = 0; i < kGuard; i++)
        if (lo[i] != kGuardByte || hi[i] != kGuardByte)
            return false;
    return true;
}

CUresult all_guards() {
    for (auto &m : memory)
        if (!guards_whole(m.first, m.second))
            return CUDA_ERROR_ILLEGAL_ADDRESS;
    return CUDA_SUCCESS;
}

CUresult submit(CUstream s, Op op) {
    WANT(streams.count(s), CUDA_ERROR_INVALID_HANDLE); // the legacy stream too
    auto *st = reinterpret_cast<Stream *>(s);
    if (st->capture) {
        st->capture->ops.push_back(std::move(op));
        return CUDA_SUCCESS;
    }
    return op();
}

bool capturing(CUstream s) { return reinterpret_cast<Stream *>(s)->capture != nullptr; }

bool any_capture() {
    for (void *s : streams)
        if (capturing(static_cast<CUstream>(s)))
            return true;
    return false;
}

CUresult copy(uintptr_t dst, uintptr_t src, size_t n, bool dst_device, bool src_device) {
    WANT(within(dst_device ? memory : pinned, dst, n), CUDA_ERROR_INVALID_VALUE);
    WANT(within(src_device ? memory : pinned, src, n), CUDA_ERROR_INVALID_VALUE);
    memmove(reinterpret_cast<void *>(dst), reinterpret_cast<void *>(src), n);
    return CUDA_SUCCESS;
}

struct Code { int code; const char *name, *text; };
const Code codes[] = {
    {0, "CUDA_SUCCESS", "no error"},
    {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {200, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {400, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported display driver / cuda driver combination"},
    {900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"},
    {901, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "operation failed due to a previous error during capture"},
    {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

const Code *code_of(CUresult c) {
    for (auto &k : codes)
        if (k.code == static_cast<int>(c))
            return &k;
    return nullptr;
}

} // namespace

extern "C" {

// Controls, for package standin.
void standin_fail(long nth, int code) { calls = 0, fail_at = nth, fail_code = code, failed = ""; }
long standin_calls(void) { return calls; }
const char *standin_failed(void) { return failed; }
long standin_live(void) {
    return static_cast<long>(memory.size() + pinned.size() + streams.size() + events.size() + modules.size() + graphs.size() +
                             execs.size()) + contexts;
}

CUresult cuGetErrorName(CUresult c, const char **s) {
    const Code *k = code_of(c);
    *s = k ? k->name : nullptr;
    return k ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuGetErrorString(CUresult c, const char **s) {
    const Code *k = code_of(c);
    *s = k ? k->text : nullptr;
    return k ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuInit(unsigned) { return static_cast<CUresult>(env("GOTL_STANDIN_INIT", 0)); }
CUresult cuDriverGetVersion(int *v) {
    ENTER;
    *v = static_cast<int>(env("GOTL_STANDIN_VERSION", 13000));
    return CUDA_SUCCESS;
}
CUresult cuDeviceGetCount(int *n) {
    ENTER;
    *n = static_cast<int>(env("GOTL_STANDIN_DEVICES", 1));
    return CUDA_SUCCESS;
}
CUresult cuDeviceGet(CUdevice *d, int i) {
    ENTER;
    WANT(i >= 0 && i < env("GOTL_STANDIN_DEVICES", 1), CUDA_ERROR_INVALID_DEVICE);
    *d = i;
    return CUDA_SUCCESS;
}
CUresult cuDeviceGetName(char *s, int n, CUdevice) {
    ENTER;
    snprintf(s, static_cast<size_t>(n), "stand-in");
    return CUDA_SUCCESS;
}
CUresult cuDeviceTotalMem_v2(size_t *n, CUdevice) {
    ENTER;
    *n = size_t{1} << 30;
    return CUDA_SUCCESS;
}
CUresult cuDeviceGetAttribute(int *v, CUdevice_attribute a, CUdevice) {
    ENTER;
    *v = a == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR ? 9 : 0;
    return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRetain(CUcontext *c, CUdevice) {
    ENTER;
    contexts++;
    *c = reinterpret_cast<CUcontext>(&contexts);
    return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice) {
    ENTER;
    WANT(contexts > 0, CUDA_ERROR_INVALID_CONTEXT);
    if (--contexts == 0)
        current = false;
    return CUDA_SUCCESS;
}
CUresult cuCtxSetCurrent(CUcontext c) {
    ENTER;
    WANT(!c || c == reinterpret_cast<CUcontext>(&contexts), CUDA_ERROR_INVALID_CONTEXT);
    current = c != nullptr;
    return CUDA_SUCCESS;
}
CUresult cuCtxSynchronize(void) {
    ENTER;
    CONTEXT;
    WANT(!any_capture(), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    return all_guards();
}
CUresult cuMemGetInfo_v2(size_t *free_, size_t *total) {
    ENTER;
    CONTEXT;
    *total = *free_ = size_t{1} << 30;
    for (auto &m : memory)
        *free_ -= m.second;
    return CUDA_SUCCESS;
}

CUresult cuMemAlloc_v2(CUdeviceptr *p, size_t n) {
    ENTER;
    CONTEXT;
    WANT(n, CUDA_ERROR_INVALID_VALUE);
    WANT(!any_capture(), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    size_t used = 0;
    for (auto &m : memory)
        used += m.second;
    WANT(n <= (size_t{1} << 30) - used, CUDA_ERROR_OUT_OF_MEMORY);
    auto *raw = static_cast<unsigned char *>(aligned_alloc(256, (n + 2 * kGuard + 255) / 256 * 256));
    WANT(raw, CUDA_ERROR_OUT_OF_MEMORY);
    memset(raw, kGuardByte, kGuard);
    memset(raw + kGuard, 0xFF, n); // NaN: reading fresh memory shows
    memset(raw + kGuard + n, kGuardByte, kGuard);
    *p = reinterpret_cast<uintptr_t>(raw + kGuard);
    memory[*p] = n;
    return CUDA_SUCCESS;
}
CUresult cuMemFree_v2(CUdeviceptr p) {
    ENTER;
    CONTEXT;
    auto i = memory.find(p);
    WANT(i != memory.end(), CUDA_ERROR_INVALID_VALUE); // freed before, or never taken
    bool whole = guards_whole(p, i->second);
    memory.erase(i);
    free(reinterpret_cast<unsigned char *>(p) - kGuard);
    return whole ? CUDA_SUCCESS : CUDA_ERROR_ILLEGAL_ADDRESS;
}
CUresult cuMemHostAlloc(void **p, size_t n, unsigned) {
    ENTER;
    CONTEXT;
    *p = malloc(n);
    WANT(*p, CUDA_ERROR_OUT_OF_MEMORY);
    pinned[reinterpret_cast<uintptr_t>(*p)] = n;
    return CUDA_SUCCESS;
}
CUresult cuMemFreeHost(void *p) {
    ENTER;
    CONTEXT;
    WANT(pinned.erase(reinterpret_cast<uintptr_t>(p)), CUDA_ERROR_INVALID_VALUE);
    free(p);
    return CUDA_SUCCESS;
}
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr d, const void *s, size_t n, CUstream st) {
    ENTER;
    return submit(st, [=] { return copy(d, reinterpret_cast<uintptr_t>(s), n, true, false); });
}
CUresult cuMemcpyDtoHAsync_v2(void *d, CUdeviceptr s, size_t n, CUstream st) {
    ENTER;
    return submit(st, [=] { return copy(reinterpret_cast<uintptr_t>(d), s, n, false, true); });
}
CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr d, CUdeviceptr s, size_t n, CUstream st) {
    ENTER;
    return submit(st, [=] { return copy(d, s, n, true, true); });
}
CUresult cuMemsetD8Async(CUdeviceptr d, unsigned char v, size_t n, CUstream st) {
    ENTER;
    return submit(st, [=]() -> CUresult {
        WANT(within(memory, d, n), CUDA_ERROR_INVALID_VALUE);
        memset(reinterpret_cast<void *>(d), v, n);
        return CUDA_SUCCESS;
    });
}

CUresult cuStreamCreate(CUstream *s, unsigned) {
    ENTER;
    CONTEXT;
    auto *st = new Stream;
    streams.insert(st);
    *s = reinterpret_cast<CUstream>(st);
    return CUDA_SUCCESS;
}
CUresult cuStreamDestroy_v2(CUstream s) {
    ENTER;
    WANT(streams.erase(s), CUDA_ERROR_INVALID_HANDLE);
    auto *st = reinterpret_cast<Stream *>(s);
    if (st->capture) {
        graphs.erase(st->capture);
        delete st->capture;
    }
    delete st;
    return CUDA_SUCCESS;
}
CUresult cuStreamSynchronize(CUstream s) {
    ENTER;
    WANT(streams.count(s), CUDA_ERROR_INVALID_HANDLE);
    WANT(!capturing(s), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    return all_guards();
}
CUresult cuStreamWaitEvent(CUstream s, CUevent e, unsigned) {
    ENTER;
    WANT(events.count(e), CUDA_ERROR_INVALID_HANDLE);
    return submit(s, [] { return CUDA_SUCCESS; });
}
CUresult cuStreamBeginCapture_v2(CUstream s, CUstreamCaptureMode) {
    ENTER;
    WANT(streams.count(s) && !capturing(s), CUDA_ERROR_INVALID_HANDLE);
    auto *g = new Graph;
    graphs.insert(g);
    reinterpret_cast<Stream *>(s)->capture = g;
    return CUDA_SUCCESS;
}
CUresult cuStreamEndCapture(CUstream s, CUgraph *g) {
    ENTER;
    WANT(streams.count(s) && capturing(s), CUDA_ERROR_INVALID_HANDLE);
    auto *st = reinterpret_cast<Stream *>(s);
    *g = reinterpret_cast<CUgraph>(st->capture);
    st->capture = nullptr;
    return CUDA_SUCCESS;
}
CUresult cuGraphInstantiateWithFlags(CUgraphExec *x, CUgraph g, unsigned long long) {
    ENTER;
    WANT(graphs.count(g), CUDA_ERROR_INVALID_HANDLE);
    auto *copy_ = new Graph(*reinterpret_cast<Graph *>(g));
    execs.insert(copy_);
    *x = reinterpret_cast<CUgraphExec>(copy_);
    return CUDA_SUCCESS;
}
CUresult cuGraphDestroy(CUgraph g) {
    ENTER;
    WANT(graphs.erase(g), CUDA_ERROR_INVALID_HANDLE);
    delete reinterpret_cast<Graph *>(g);
    return CUDA_SUCCESS;
}
CUresult cuGraphExecDestroy(CUgraphExec x) {
    ENTER;
    WANT(execs.erase(x), CUDA_ERROR_INVALID_HANDLE);
    delete reinterpret_cast<Graph *>(x);
    return CUDA_SUCCESS;
}
CUresult cuGraphLaunch(CUgraphExec x, CUstream s) {
    ENTER;
    WANT(execs.count(x), CUDA_ERROR_INVALID_HANDLE);
    auto *g = reinterpret_cast<Graph *>(x);
    return submit(s, [g]() -> CUresult {
        for (auto &op : g->ops)
            if (CUresult rc = op())
                return rc;
        return CUDA_SUCCESS;
    });
}

CUresult cuEventCreate(CUevent *e, unsigned) {
    ENTER;
    CONTEXT;
    auto *ev = new Event;
    events.insert(ev);
    *e = reinterpret_cast<CUevent>(ev);
    return CUDA_SUCCESS;
}
CUresult cuEventDestroy_v2(CUevent e) {
    ENTER;
    WANT(events.erase(e), CUDA_ERROR_INVALID_HANDLE);
    delete reinterpret_cast<Event *>(e);
    return CUDA_SUCCESS;
}
CUresult cuEventRecord(CUevent e, CUstream s) {
    ENTER;
    WANT(events.count(e), CUDA_ERROR_INVALID_HANDLE);
    return submit(s, [e] {
        timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        auto *ev = reinterpret_cast<Event *>(e);
        ev->recorded = true;
        ev->ms = static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) * 1e-6;
        return CUDA_SUCCESS;
    });
}
CUresult cuEventSynchronize(CUevent e) {
    ENTER;
    WANT(events.count(e), CUDA_ERROR_INVALID_HANDLE);
    return CUDA_SUCCESS;
}
CUresult cuEventElapsedTime(float *ms, CUevent a, CUevent b) {
    ENTER;
    WANT(events.count(a) && events.count(b), CUDA_ERROR_INVALID_HANDLE);
    auto *x = reinterpret_cast<Event *>(a), *y = reinterpret_cast<Event *>(b);
    WANT(x->recorded && y->recorded, CUDA_ERROR_INVALID_HANDLE);
    *ms = static_cast<float>(y->ms - x->ms);
    return CUDA_SUCCESS;
}

// A module is a fatbin or the word "standin"; its kernels are those compiled in.
CUresult cuModuleLoadData(CUmodule *m, const void *image) {
    ENTER;
    CONTEXT;
    uint32_t magic;
    memcpy(&magic, image, sizeof magic);
    WANT(magic == 0xBA55ED50 || !memcmp(image, "standin", 7), CUDA_ERROR_INVALID_IMAGE);
    auto *mod = new Module;
    modules.insert(mod);
    *m = reinterpret_cast<CUmodule>(mod);
    return CUDA_SUCCESS;
}
CUresult cuModuleUnload(CUmodule m) {
    ENTER;
    WANT(modules.erase(m), CUDA_ERROR_INVALID_HANDLE);
    delete reinterpret_cast<Module *>(m);
    return CUDA_SUCCESS;
}
CUresult cuModuleGetFunction(CUfunction *f, CUmodule m, const char *name) {
    ENTER;
    WANT(modules.count(m), CUDA_ERROR_INVALID_HANDLE);
    const gotl_kernel *k = gotl_find_kernel(name);
    WANT(k, CUDA_ERROR_NOT_FOUND);
    *f = reinterpret_cast<CUfunction>(const_cast<gotl_kernel *>(k));
    return CUDA_SUCCESS;
}
CUresult cuLaunchKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                        CUstream s, void **params, void **) {
    ENTER;
    auto *k = reinterpret_cast<const gotl_kernel *>(f);
    WANT(gx && gy && gz && bx && by && bz && bx * by * bz <= 1024 && shared <= 48 << 10, CUDA_ERROR_INVALID_VALUE);
    std::vector<std::vector<char>> values; // parameters are read now, as a driver does
    for (size_t i = 0; i < k->params; i++)
        values.emplace_back(static_cast<char *>(params[i]), static_cast<char *>(params[i]) + k->sizes[i]);
    return submit(s, [=]() mutable -> CUresult {
        std::vector<void *> at;
        for (auto &v : values)
            at.push_back(v.data());
        return gotl_run_kernel(k, {gx, gy, gz}, {bx, by, bz}, at.data()) ? CUDA_ERROR_LAUNCH_FAILED : CUDA_SUCCESS;
    });
}

} // extern "C"
