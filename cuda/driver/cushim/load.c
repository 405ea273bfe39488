//go:build cuda

#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CUresult state = CUDA_ERROR_NO_DEVICE;
static char found[4096], reason[8192];

// note appends "path: why"; what does not fit is cut off.
static void note(const char *path, const char *why) {
    const char *parts[] = {reason[0] ? "; " : "", path, ": ", why ? why : "dlopen failed"};
    for (int i = 0; i < 4; i++)
        strncat(reason, parts[i], sizeof reason - 1 - strlen(reason));
}

static void *try_open(const char *path) {
    void *h = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (h)
        snprintf(found, sizeof found, "%s", path);
    else
        note(path, dlerror());
    return h;
}

// GOTL_CUDA_PATH, a file or a folder, is the only place if it is set. The plain
// name comes first: a toolkit's stub of libcuda must not win over the driver's.
static void *find(void) {
    static const char *const places[] = {
        "libcuda.so.1",
        "/usr/lib/x86_64-linux-gnu/libcuda.so.1",
        "/usr/lib64/libcuda.so.1",
        "/usr/lib/wsl/lib/libcuda.so.1",
        0,
    };
    const char *own = getenv("GOTL_CUDA_PATH");
    if (own && *own) {
        char path[4096];
        size_t n = strlen(own);
        int is_file = n > 3 && strstr(own, ".so") && own[n - 1] != '/';
        if (snprintf(path, sizeof path, is_file ? "%s" : "%s/libcuda.so.1", own) >= (int)sizeof path) {
            note("GOTL_CUDA_PATH", "name too long");
            return 0;
        }
        return try_open(path);
    }
    for (int i = 0; places[i]; i++) {
        void *h = try_open(places[i]);
        if (h)
            return h;
    }
    return 0;
}

static void load(void) {
    void *h = find();
    if (!h) {
        state = CUDA_ERROR_NO_DEVICE;
        return;
    }
    CUresult (*init)(unsigned) = (CUresult(*)(unsigned))dlsym(h, "cuInit");
    if (!init) {
        reason[0] = 0;
        note(found, "not a CUDA driver: it has no cuInit");
        found[0] = 0;
        dlclose(h);
        return;
    }
    for (int i = 0; gotl_cu_names[i]; i++)
        gotl_cu_slots[i] = dlsym(h, gotl_cu_names[i]);
    reason[0] = 0;
    state = init(0);
}

// cuInit is what gorgonia.org/cu calls before main; it exits the process on an
// error, so it always succeeds. The true one runs at the first other call.
CUresult cuInit(unsigned int flags) {
    (void)flags;
    return CUDA_SUCCESS;
}

CUresult gotl_cu_ready(void) {
    pthread_once(&once, load);
    return state;
}

CUresult gotl_cu_status(const char **path, const char **why) {
    CUresult rc = gotl_cu_ready();
    *path = found;
    *why = reason;
    return rc;
}
