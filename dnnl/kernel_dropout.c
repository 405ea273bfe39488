#include "kernels.h"

// Philox4x32-10 as package graph/philox has it; the tests compare word by word.
static inline void philox(uint64_t seed, uint32_t c[4]) {
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int r = 0; r < 10; r++) {
        uint64_t p0 = (uint64_t)0xD2511F53 * c[0], p1 = (uint64_t)0xCD9E8D57 * c[2];
        uint32_t x = (uint32_t)(p1 >> 32) ^ c[1] ^ k0, z = (uint32_t)(p0 >> 32) ^ c[3] ^ k1;
        c[0] = x, c[1] = (uint32_t)p1, c[2] = z, c[3] = (uint32_t)p0;
        k0 += 0x9E3779B9, k1 += 0xBB67AE85;
    }
}

static void drop_rows(void *p, int64_t lo, int64_t hi) {
    const gotl_dropout_args *a = p;
    uint64_t seed = (uint64_t)a->rng[0];
    uint32_t epoch = (uint32_t)a->rng[1];
    float scale = 1 / (1 - a->p);
    for (int64_t i = lo; i < hi; i++) {
        const float *x = a->x + i * a->k;
        float *y = a->y + i * a->k;
        for (int64_t j = 0; j < a->k; j += 4) {
            uint32_t w[4] = {(uint32_t)(j / 4), (uint32_t)a->rng[2 + i], epoch, a->tag};
            philox(seed, w);
            for (int64_t l = 0; l < 4 && j + l < a->k; l++)
                y[j + l] = (float)(w[l] >> 8) * 0x1p-24f >= a->p ? x[j + l] * scale : 0;
        }
    }
}

int gotl_dropout(const void *p) {
    const gotl_dropout_args *a = p;
    gotl_for(a->n, a->n * a->k < 2048 ? a->n + 1 : 2, 1, drop_rows, (void *)p);
    return 0;
}
