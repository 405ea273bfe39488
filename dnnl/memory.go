package dnnl

/*
#include "shim.h"
static dnnl_status_t gotl_memory(dnnl_memory_t *m, const_dnnl_memory_desc_t d, dnnl_engine_t e, void *p) {
	return gotl.dnnl_memory_create(m, d, e, p);
}
static void gotl_memory_free(dnnl_memory_t m) { gotl.dnnl_memory_destroy(m); }
*/
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// memory is a tensor for primitives: a descriptor over bytes of an arena.
type memory struct{ h C.dnnl_memory_t }

// memory binds d to data, which must be C memory of at least d's size and outlive
// the scope.
func (s *scope) memory(d desc, data []byte) (memory, error) {
	s.e.check()
	if int64(len(data)) < d.bytes() {
		return memory{}, fmt.Errorf("%w: %d bytes for a tensor of %d", fault.ErrInternal, len(data), d.bytes())
	}
	mustBeC(unsafe.Pointer(unsafe.SliceData(data)))
	var m memory
	rc := C.gotl_memory(&m.h, d.h, s.e.h, unsafe.Pointer(unsafe.SliceData(data)))
	if err := status(rc, "memory"); err != nil {
		return memory{}, err
	}
	s.own(func() { C.gotl_memory_free(m.h) })
	return m, nil
}
