#define _GNU_SOURCE
#include "shim.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 2 << 20 };

// Under AddressSanitizer every block is malloc'ed to its exact size, so that one
// element too far is seen.
#ifdef __SANITIZE_ADDRESS__
enum { LINE = 1 };
static int big(int64_t bytes) { return 0; }
#else
enum { LINE = 64 };
static int big(int64_t bytes) { return bytes >= 2 * PAGE; }
#endif

static int64_t rounded(int64_t bytes) { return (bytes + PAGE - 1) / PAGE * PAGE; }

// A big block is mapped with PAGE to spare; the ends that do not fit are given back.
static void *map_big(int64_t bytes) {
    size_t want = (size_t)rounded(bytes);
    char *p = mmap(NULL, want + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return NULL;
    size_t head = (PAGE - (uintptr_t)p % PAGE) % PAGE;
    if (head) munmap(p, head);
    if (PAGE - head) munmap(p + head + want, PAGE - head);
    madvise(p + head, want, MADV_HUGEPAGE);
    return p + head;
}

void *gotl_map(int64_t bytes) {
    void *p = NULL;
    if (big(bytes)) return map_big(bytes);
    size_t n = (size_t)(bytes + LINE - 1) / LINE * LINE;
    if (posix_memalign(&p, 64, n)) return NULL;
    return memset(p, 0, n);
}

void gotl_unmap(void *p, int64_t bytes) {
    if (big(bytes))
        munmap(p, (size_t)rounded(bytes));
    else
        free(p);
}
