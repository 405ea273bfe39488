#ifndef GOTL_ORT_H
#define GOTL_ORT_H
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

// Every function returns NULL, or a message that the caller frees.

// ort_load opens the library and makes its environment, once a process.
char *ort_load(const char *path, const char **version);

// A model is a path, or len bytes at data if path is NULL.
char *ort_open(const char *path, const void *data, size_t len, int threads, void **session);
void ort_close(void *session);

char *ort_count(void *session, int outputs, size_t *n);
// ort_name returns a malloc'ed name.
char *ort_name(void *session, int outputs, size_t i, char **name);
// ort_type returns element type and shape (-1: not fixed); *rank on entry is the
// room in dims. An argument that is no tensor has type 0.
char *ort_type(void *session, int outputs, size_t i, int *type, int64_t *dims, size_t *rank);

// ort_tensor wraps data, which must stay until ort_free.
char *ort_tensor(void *data, size_t bytes, const int64_t *dims, size_t rank, int type, void **value);
char *ort_content(void *value, int *type, int64_t *dims, size_t *rank, void **data);
void ort_free(void *value);

char *ort_run(void *session, const char **in, void **inputs, size_t n, const char **out, void **outputs, size_t m);

#pragma GCC visibility pop
#endif
