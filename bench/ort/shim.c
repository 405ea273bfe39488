#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Places in OrtApi.
enum {
    GET_ERROR_MESSAGE = 2, CREATE_ENV = 3, CREATE_SESSION = 7, CREATE_SESSION_FROM_ARRAY = 8, RUN = 9,
    CREATE_OPTIONS = 10, SET_LOG_SEVERITY = 22, SET_INTRA_THREADS = 24, SET_INTER_THREADS = 25,
    INPUT_COUNT = 30, OUTPUT_COUNT = 31, INPUT_TYPE = 33, OUTPUT_TYPE = 34, INPUT_NAME = 36, OUTPUT_NAME = 37,
    CREATE_TENSOR = 49, TENSOR_DATA = 51, CAST_TO_TENSOR = 55, ELEMENT_TYPE = 60, DIM_COUNT = 61, DIMS = 62,
    TENSOR_TYPE = 65, CPU_MEMORY = 69, ALLOCATOR_FREE = 76, DEFAULT_ALLOCATOR = 78,
    RELEASE_STATUS = 93, RELEASE_SESSION = 95, RELEASE_VALUE = 96, RELEASE_TYPE_INFO = 98,
    RELEASE_TENSOR_INFO = 99, RELEASE_OPTIONS = 100
};

typedef struct {
    void *const *(*get_api)(uint32_t version);
    const char *(*version)(void);
} base;

static void *const *api;
static void *env, *memory, *allocator;

// CALL(place, (argument types), arguments): a status, NULL if all is well.
#define CALL(place, types, ...) message(((void *(*) types)api[place])(__VA_ARGS__))
#define TRY(...) do { char *why_ = CALL(__VA_ARGS__); if (why_) return why_; } while (0)
#define RELEASE(place, p) ((void (*)(void *))api[place])(p)

static char *message(void *status) {
    if (!status) return NULL;
    char *s = strdup(((const char *(*)(const void *))api[GET_ERROR_MESSAGE])(status));
    RELEASE(RELEASE_STATUS, status);
    return s;
}

char *ort_load(const char *path, const char **version) {
    void *h = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!h) return strdup(dlerror());
    const base *(*get)(void) = (const base *(*)(void))dlsym(h, "OrtGetApiBase");
    if (!get) return strdup("not an ONNX Runtime library");
    *version = get()->version();
    if (!(api = get()->get_api(11))) return strdup("ONNX Runtime older than 1.11");
    TRY(CREATE_ENV, (int, const char *, void **), 3, "gotl", &env); // 3: errors only
    TRY(CPU_MEMORY, (int, int, void **), 0, 0, &memory);
    TRY(DEFAULT_ALLOCATOR, (void **), &allocator);
    return NULL;
}

static char *set_options(void *o, int threads) {
    TRY(SET_LOG_SEVERITY, (void *, int), o, 3);
    TRY(SET_INTRA_THREADS, (void *, int), o, threads);
    TRY(SET_INTER_THREADS, (void *, int), o, 1);
    return NULL;
}

char *ort_open(const char *path, const void *data, size_t len, int threads, void **session) {
    void *o;
    TRY(CREATE_OPTIONS, (void **), &o);
    char *why = set_options(o, threads);
    if (!why)
        why = path ? CALL(CREATE_SESSION, (void *, const char *, void *, void **), env, path, o, session)
                   : CALL(CREATE_SESSION_FROM_ARRAY, (void *, const void *, size_t, void *, void **), env, data, len, o, session);
    RELEASE(RELEASE_OPTIONS, o);
    return why;
}

void ort_close(void *session) { RELEASE(RELEASE_SESSION, session); }

char *ort_count(void *s, int outputs, size_t *n) {
    return CALL(outputs ? OUTPUT_COUNT : INPUT_COUNT, (void *, size_t *), s, n);
}

char *ort_name(void *s, int outputs, size_t i, char **name) {
    char *n;
    TRY(outputs ? OUTPUT_NAME : INPUT_NAME, (void *, size_t, void *, char **), s, i, allocator, &n);
    *name = strdup(n);
    return CALL(ALLOCATOR_FREE, (void *, void *), allocator, n);
}

static char *describe(const void *info, int *type, int64_t *dims, size_t *rank) {
    size_t n, room = *rank;
    TRY(ELEMENT_TYPE, (const void *, int *), info, type);
    TRY(DIM_COUNT, (const void *, size_t *), info, &n);
    if (n > room) return strdup("too many dimensions");
    *rank = n;
    return CALL(DIMS, (const void *, int64_t *, size_t), info, dims, n);
}

char *ort_type(void *s, int outputs, size_t i, int *type, int64_t *dims, size_t *rank) {
    void *info;
    const void *tensor = NULL;
    TRY(outputs ? OUTPUT_TYPE : INPUT_TYPE, (void *, size_t, void **), s, i, &info);
    char *why = CALL(CAST_TO_TENSOR, (void *, const void **), info, &tensor);
    if (!why && tensor)
        why = describe(tensor, type, dims, rank);
    else
        *type = 0, *rank = 0;
    RELEASE(RELEASE_TYPE_INFO, info);
    return why;
}

char *ort_tensor(void *data, size_t bytes, const int64_t *dims, size_t rank, int type, void **value) {
    return CALL(CREATE_TENSOR, (void *, void *, size_t, const int64_t *, size_t, int, void **), memory, data, bytes, dims, rank, type, value);
}

char *ort_content(void *value, int *type, int64_t *dims, size_t *rank, void **data) {
    void *info;
    TRY(TENSOR_TYPE, (void *, void **), value, &info);
    char *why = describe(info, type, dims, rank);
    RELEASE(RELEASE_TENSOR_INFO, info);
    if (why) return why;
    return CALL(TENSOR_DATA, (void *, void **), value, data);
}

void ort_free(void *value) {
    if (value) RELEASE(RELEASE_VALUE, value);
}

char *ort_run(void *s, const char **in, void **inputs, size_t n, const char **out, void **outputs, size_t m) {
    return CALL(RUN, (void *, void *, const char **, void **, size_t, const char **, size_t, void **), s, NULL, in, inputs, n, out, m, outputs);
}
