#include "registry.h"

#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <ucontext.h>
#include <vector>

#include "host_cuda.h"

gotl_dim threadIdx, blockIdx, blockDim, gridDim;

namespace {

std::map<std::string, const gotl_kernel *> &table() {
    static std::map<std::string, const gotl_kernel *> t;
    return t;
}

constexpr size_t kStack = 64 << 10;

struct Fiber {
    ucontext_t ctx;
    gotl_dim at;
    bool done = false;
};

ucontext_t scheduler;
Fiber *running = nullptr;
const gotl_kernel *kernel;
void **arguments;

void fiber_main() {
    kernel->call(arguments);
    running->done = true;
    swapcontext(&running->ctx, &scheduler);
}

// round lets every living thread run to its next barrier or its end; it returns
// how many are at a barrier, -1 if some ended while others wait.
int round_(std::vector<Fiber> &fibers) {
    int waiting = 0, ended = 0;
    for (auto &f : fibers) {
        if (f.done)
            continue;
        running = &f;
        threadIdx = f.at;
        swapcontext(&scheduler, &f.ctx);
        f.done ? ended++ : waiting++;
    }
    running = nullptr;
    return waiting && ended ? -1 : waiting;
}

void prepare(Fiber &f, gotl_dim at, char *stack) {
    f.at = at;
    f.done = false;
    getcontext(&f.ctx);
    f.ctx.uc_stack.ss_sp = stack;
    f.ctx.uc_stack.ss_size = kStack;
    f.ctx.uc_link = nullptr;
    makecontext(&f.ctx, fiber_main, 0);
}

int run_block(gotl_dim b, std::vector<Fiber> &fibers, std::vector<char> &stacks) {
    size_t i = 0;
    for (unsigned z = 0; z < b.z; z++)
        for (unsigned y = 0; y < b.y; y++)
            for (unsigned x = 0; x < b.x; x++, i++)
                prepare(fibers[i], {x, y, z}, &stacks[i * kStack]);
    for (;;) {
        int waiting = round_(fibers);
        if (waiting <= 0)
            return waiting;
    }
}

void run_plain(gotl_dim b) {
    for (threadIdx.z = 0; threadIdx.z < b.z; threadIdx.z++)
        for (threadIdx.y = 0; threadIdx.y < b.y; threadIdx.y++)
            for (threadIdx.x = 0; threadIdx.x < b.x; threadIdx.x++)
                kernel->call(arguments);
}

} // namespace

void gotl_add_kernel(const gotl_kernel *k) { table()[k->name] = k; }

const gotl_kernel *gotl_find_kernel(const char *name) {
    auto i = table().find(name);
    return i == table().end() ? nullptr : i->second;
}

void __syncthreads() {
    if (!running)
        abort(); // the kernel must be exported with GOTL_KERNEL_SYNC
    Fiber *self = running;
    swapcontext(&self->ctx, &scheduler);
}

int gotl_run_kernel(const gotl_kernel *k, gotl_dim grid, gotl_dim block, void **params) {
    kernel = k, arguments = params, gridDim = grid, blockDim = block;
    size_t threads = static_cast<size_t>(block.x) * block.y * block.z;
    std::vector<Fiber> fibers(k->barriers ? threads : 0);
    std::vector<char> stacks(k->barriers ? threads * kStack : 0);
    for (blockIdx.z = 0; blockIdx.z < grid.z; blockIdx.z++)
        for (blockIdx.y = 0; blockIdx.y < grid.y; blockIdx.y++)
            for (blockIdx.x = 0; blockIdx.x < grid.x; blockIdx.x++) {
                if (!k->barriers)
                    run_plain(block);
                else if (run_block(block, fibers, stacks) < 0)
                    return 1;
            }
    return 0;
}
