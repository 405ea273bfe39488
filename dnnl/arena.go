package dnnl

// #include "shim.h"
import "C"

import (
	"fmt"
	"sync"
	"unsafe"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Align is the alignment of everything in an arena, one cache line.
const Align = 64

// arena is one block of zeroed C memory, seen from Go as bytes. The collector
// knows nothing of it: close frees it, and nothing else does.
type arena struct {
	data    []byte
	purpose Purpose
}

var (
	arenaLock sync.Mutex
	arenas    = map[*arena]bool{} // kept under the invariants tag only
)

// newArena maps size bytes. Error: fault.ErrMemory with the bytes asked for.
func newArena(p Purpose, size int64) (*arena, error) {
	size = max(1, size)
	ptr := C.gotl_map(C.int64_t(size))
	if ptr == nil {
		return nil, fmt.Errorf("%w: %d bytes of %v", fault.ErrMemory, size, p)
	}
	a := &arena{unsafe.Slice((*byte)(ptr), size), p}
	count(p, size)
	if invariants {
		arenaLock.Lock()
		defer arenaLock.Unlock()
		arenas[a] = true
	}
	return a, nil
}

// at returns n bytes at off.
func (a *arena) at(off, n int64) []byte { return a.data[off : off+n : off+n] }

// f32 returns n floats at byte off, which is a multiple of 4.
func (a *arena) f32(off int64, n int) []float32 { return view[float32](a.at(off, 4*int64(n))) }

// view reinterprets bytes as elements of T.
func view[T any](b []byte) []T {
	if len(b) == 0 {
		return nil
	}
	var t T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(t)))
}

// bytesOf is the inverse of view.
func bytesOf[T any](x []T) []byte {
	if len(x) == 0 {
		return nil
	}
	var t T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*int(unsafe.Sizeof(t)))
}

// close frees the block; slices of it must not be used any more.
func (a *arena) close() {
	if a.data == nil {
		if invariants {
			panic("dnnl: arena closed twice")
		}
		return
	}
	if invariants {
		arenaLock.Lock()
		delete(arenas, a)
		arenaLock.Unlock()
	}
	C.gotl_unmap(unsafe.Pointer(unsafe.SliceData(a.data)), C.int64_t(len(a.data)))
	count(a.purpose, -int64(len(a.data)))
	a.data = nil
}

// mustBeC panics under the invariants tag if p does not lie in a live arena: a step
// list outlives the call that fills it, so it may hold no Go pointer.
func mustBeC(p unsafe.Pointer) {
	if !invariants || p == nil {
		return
	}
	arenaLock.Lock()
	defer arenaLock.Unlock()
	for a := range arenas {
		lo := uintptr(unsafe.Pointer(unsafe.SliceData(a.data)))
		if at := uintptr(p); at >= lo && at < lo+uintptr(len(a.data)) {
			return
		}
	}
	panic("dnnl: pointer outside every arena")
}
