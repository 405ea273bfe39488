package dnnl

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"time"
	"unsafe"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// steps is a program: what runs in one call of C, in order. It is built by prim and
// the kernels' methods (kernel_NAME.go), used by run, freed by close. It owns its
// lists, not the primitives, memories and arenas they point to.
type steps struct {
	list   []C.gotl_step
	names  []string
	blocks []unsafe.Pointer
	sealed *C.gotl_step // list in C memory, once it runs
	ns     *C.int64_t   // per step, with profile
	bytes  int64
	err    error // out of memory while building; run reports it
}

// arg is one argument of a primitive.
type arg struct {
	index int // DNNL_ARG_*
	m     memory
}

// The arguments of primitives.
const (
	argSrc         = C.DNNL_ARG_SRC
	argSrc1        = C.DNNL_ARG_SRC_1
	argDst         = C.DNNL_ARG_DST
	argWeights     = C.DNNL_ARG_WEIGHTS
	argBias        = C.DNNL_ARG_BIAS
	argMean        = C.DNNL_ARG_MEAN
	argVariance    = C.DNNL_ARG_VARIANCE
	argScale       = C.DNNL_ARG_SCALE
	argShift       = C.DNNL_ARG_SHIFT
	argWorkspace   = C.DNNL_ARG_WORKSPACE
	argScratchpad  = C.DNNL_ARG_SCRATCHPAD
	argDiffSrc     = C.DNNL_ARG_DIFF_SRC
	argDiffDst     = C.DNNL_ARG_DIFF_DST
	argDiffWeights = C.DNNL_ARG_DIFF_WEIGHTS
	argDiffBias    = C.DNNL_ARG_DIFF_BIAS
	argDiffScale   = C.DNNL_ARG_DIFF_SCALE
	argDiffShift   = C.DNNL_ARG_DIFF_SHIFT
	argMultiple    = C.DNNL_ARG_MULTIPLE_SRC // + i: inputs of sum and concat
)

// argPostOp is the second operand of binary post-operation i.
func argPostOp(i int) int {
	return C.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE*(i+1) | C.DNNL_ARG_SRC_1
}

// prim appends a primitive.
func (l *steps) prim(name string, p prim, args ...arg) {
	block := l.alloc(unsafe.Sizeof(C.dnnl_exec_arg_t{}) * uintptr(len(args)))
	a := unsafe.Slice((*C.dnnl_exec_arg_t)(block), len(args))
	for i, x := range args {
		a[i].arg = C.int(x.index)
		a[i].memory = x.m.h
	}
	l.append(name, C.gotl_step{prim: C.const_dnnl_primitive_t(p.h), args: block, nargs: C.int64_t(len(args))})
}

// addKernel appends a kernel with a copy of its block. fn is a C function of type gotl_kernel.
func addKernel[T any](l *steps, name string, fn unsafe.Pointer, args T) {
	block := l.alloc(unsafe.Sizeof(args))
	*(*T)(block) = args
	l.append(name, C.gotl_step{kernel: C.gotl_kernel(fn), args: block})
}

func (l *steps) append(name string, s C.gotl_step) {
	if l.sealed != nil {
		panic("dnnl: step added to a program that has run")
	}
	l.list = append(l.list, s)
	l.names = append(l.names, name)
}

// alloc returns zeroed C memory that lives as long as the list.
func (l *steps) alloc(n uintptr) unsafe.Pointer {
	p := C.calloc(1, C.size_t(max(n, 1)))
	if p == nil { // what is written now goes nowhere: the list will not run
		l.err = fmt.Errorf("%w: %d bytes of %v", fault.ErrMemory, n, StepList)
		return unsafe.Pointer(unsafe.SliceData(make([]byte, max(n, 1))))
	}
	l.blocks = append(l.blocks, p)
	l.bytes += int64(n)
	count(StepList, int64(n))
	return p
}

// profile makes run measure every step; call it before the first run.
func (l *steps) profile() {
	l.ns = (*C.int64_t)(l.alloc(8 * uintptr(len(l.list))))
}

// times returns the total of each step so far, nil without profile.
func (l *steps) times() []time.Duration {
	if l.ns == nil {
		return nil
	}
	t := make([]time.Duration, len(l.list))
	for i, ns := range unsafe.Slice(l.ns, len(l.list)) {
		t[i] = time.Duration(ns)
	}
	return t
}

// run executes the program once, in one call of C. Error: the step's name and its *Status.
func (l *steps) run(e *Engine) error {
	e.check()
	if len(l.list) == 0 {
		return nil
	}
	if l.sealed == nil {
		l.sealed = (*C.gotl_step)(l.alloc(unsafe.Sizeof(l.list[0]) * uintptr(len(l.list))))
		copy(unsafe.Slice(l.sealed, len(l.list)), l.list)
	}
	if l.err != nil {
		return l.err
	}
	var failed C.int64_t
	rc := C.gotl_run(l.sealed, C.int64_t(len(l.list)), e.stream, &failed, l.ns)
	if rc == 0 {
		return nil
	}
	name := "wait"
	if int(failed) < len(l.names) {
		name = l.names[failed]
	}
	return fmt.Errorf("step %d %q: %w", failed, name, kernelStatus(rc, name))
}

// Own kernels answer with statuses beyond the library's.
const badIndex = 1000 // a row number out of range

func kernelStatus(rc C.int, name string) error {
	if rc == badIndex {
		return fmt.Errorf("%w: index out of range", fault.ErrInternal)
	}
	return &Status{int(rc), name}
}

// close frees the lists.
func (l *steps) close() {
	for _, p := range l.blocks {
		C.free(p)
	}
	count(StepList, -l.bytes)
	*l = steps{}
}
