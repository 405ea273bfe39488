//go:build cuda

package standin

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>

static void *gotl_open(const char *path) { return dlopen(path, RTLD_NOW | RTLD_LOCAL); }
static void gotl_fail(void *f, long nth, int code) { ((void (*)(long, int))f)(nth, code); }
static long gotl_long(void *f) { return ((long (*)(void))f)(); }
static const char *gotl_text(void *f) { return ((const char *(*)(void))f)(); }
*/
import "C"

import (
	"fmt"
	"path/filepath"
	"unsafe"
)

// Control steers the stand-in that this process uses as its libcuda. Its methods
// are called on the thread that uses the driver.
type Control struct{ fail, calls, failed, live unsafe.Pointer }

// Open finds the controls of the library in dir, as Build returned it.
func Open(dir string) (*Control, error) {
	path := C.CString(filepath.Join(dir, "libcuda.so.1"))
	defer C.free(unsafe.Pointer(path))
	h := C.gotl_open(path)
	if h == nil {
		return nil, fmt.Errorf("%s", C.GoString(C.dlerror()))
	}
	c := &Control{}
	for name, at := range map[string]*unsafe.Pointer{"standin_fail": &c.fail, "standin_calls": &c.calls,
		"standin_failed": &c.failed, "standin_live": &c.live} {
		s := C.CString(name)
		*at = C.dlsym(h, s)
		C.free(unsafe.Pointer(s))
		if *at == nil {
			return nil, fmt.Errorf("%s: no %s", dir, name)
		}
	}
	return c, nil
}

// Fail makes the nth driver call from now (1: the next) return code without doing
// anything; 0 is never. It restarts Calls.
func (c *Control) Fail(nth, code int) { C.gotl_fail(c.fail, C.long(nth), C.int(code)) }

// Calls counts driver calls since Fail.
func (c *Control) Calls() int { return int(C.gotl_long(c.calls)) }

// Failed names the call that Fail made fail, empty if it was not reached.
func (c *Control) Failed() string { return C.GoString(C.gotl_text(c.failed)) }

// Live counts what exists in the driver: memory, streams, events, modules, graphs,
// contexts.
func (c *Control) Live() int { return int(C.gotl_long(c.live)) }
