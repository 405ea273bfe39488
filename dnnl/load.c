#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

gotl_api gotl;

static int fill(void *h, gotl_api *api, char *err, int errlen) {
#define GOTL_FIND(f)                                                      \
    if (!(api->f = (__typeof__(&f))dlsym(h, #f))) {                       \
        snprintf(err, (size_t)errlen, "the library has no " #f);          \
        return 1;                                                         \
    }
    GOTL_FUNCTIONS(GOTL_FIND)
#undef GOTL_FIND
    api->set_deterministic = (dnnl_status_t(*)(dnnl_primitive_attr_t, int))dlsym(
            h, "dnnl_primitive_attr_set_deterministic");
    return 0;
}

// The version is asked first: another major version may lack functions.
static int check_version(void *h, char *err, int errlen) {
    __typeof__(&dnnl_version) version = (__typeof__(&dnnl_version))dlsym(h, "dnnl_version");
    if (!version) {
        snprintf(err, (size_t)errlen, "not a oneDNN library");
        return 1;
    }
    const dnnl_version_t *v = version();
    if (v->major != 3) {
        snprintf(err, (size_t)errlen, "version %d.%d.%d, want 3.x", v->major, v->minor, v->patch);
        return 1;
    }
    return 0;
}

int gotl_load(const char *path, void **handle, char *err, int errlen) {
    gotl_api api;
    void *h = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!h) {
        const char *why = dlerror();
        snprintf(err, (size_t)errlen, "%s", why ? why : "dlopen failed");
        return 1;
    }
    if (check_version(h, err, errlen) || fill(h, &api, err, errlen)) {
        dlclose(h);
        return 1;
    }
    gotl = api;
    *handle = h;
    return 0;
}

void gotl_file_of(void *handle, const char *symbol, char *path, int len) {
    Dl_info info;
    void *p = dlsym(handle, symbol);
    path[0] = 0;
    if (p && dladdr(p, &info) && info.dli_fname)
        snprintf(path, (size_t)len, "%s", info.dli_fname);
}
