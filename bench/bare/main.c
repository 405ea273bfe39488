//go:build ignore

// bare: a net's step as bare oneDNN primitives, one after another: what the engine may
// not lose against. Commands on standard input, one JSON object a line; protocol.c.
//
//   gcc -O2 -std=gnu11 -fopenmp -Wall -I.deps/onednn/include bench/bare/*.c .deps/onednn/lib/libdnnl.so.3
//       -Wl,-rpath,'$ORIGIN/../.deps/onednn/lib' -lm -o bin/bench-bare
//
// bare --net NAME [SIZE] prints the net's table.
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net.h"

void serve(void);

// The engine's own waiting (dnnl/omp.go). GNU's OpenMP reads it once, before main.
static void short_spinning(char **argv) {
    if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY")) return;
    setenv("GOMP_SPINCOUNT", "20000", 1);
    execv("/proc/self/exe", argv);
}

int main(int argc, char **argv) {
    short_spinning(argv);
    if (argc >= 3 && !strcmp(argv[1], "--net")) {
        static net n;
        if (!net_find(&n, argv[2], argc > 3 ? atoi(argv[3]) : 224)) return fprintf(stderr, "unknown net %s\n", argv[2]), 1;
        net_print(&n);
        return 0;
    }
    serve();
    return 0;
}
