package dnnl

/*
#include "shim.h"
static dnnl_status_t gotl_engine(dnnl_engine_t *e) { return gotl.dnnl_engine_create(e, dnnl_cpu, 0); }
static dnnl_status_t gotl_stream(dnnl_stream_t *s, dnnl_engine_t e) { return gotl.dnnl_stream_create(s, e, dnnl_stream_default_flags); }
static void gotl_engine_free(dnnl_engine_t e, dnnl_stream_t s) {
	if (s) gotl.dnnl_stream_destroy(s);
	if (e) gotl.dnnl_engine_destroy(e);
}
*/
import "C"

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// errClosed reports use after Close, a bug of the caller.
var errClosed = errors.New("dnnl: used after Close")

// Engine is oneDNN's CPU with one in-order stream. The goroutine that uses it
// locks its OS thread first (runtime.LockOSThread) and makes all calls itself:
// the OpenMP runtime keeps a pool of threads per calling thread.
type Engine struct {
	h      C.dnnl_engine_t
	stream C.dnnl_stream_t
	tid    int // of the creating thread
}

// NewEngine loads the library if need be. Errors: fault.ErrDevice.
func NewEngine() (*Engine, error) {
	if _, err := load(); err != nil {
		return nil, err
	}
	e := &Engine{tid: unix.Gettid()}
	if err := status(C.gotl_engine(&e.h), "engine"); err != nil {
		return nil, err
	}
	if err := status(C.gotl_stream(&e.stream, e.h), "stream"); err != nil {
		C.gotl_engine_free(e.h, nil)
		return nil, err
	}
	count(Handles, 2)
	return e, nil
}

// Close frees the engine; everything made with it must be closed before.
func (e *Engine) Close() error {
	if e.h == nil {
		return errClosed
	}
	C.gotl_engine_free(e.h, e.stream)
	e.h, e.stream = nil, nil
	count(Handles, -2)
	return nil
}

// check enforces the thread rule under the invariants tag.
func (e *Engine) check() {
	if !invariants {
		return
	}
	if e.h == nil {
		panic(errClosed)
	}
	if tid := unix.Gettid(); tid != e.tid {
		panic(fmt.Sprintf("dnnl: engine of thread %d used on thread %d: lock the OS thread", e.tid, tid))
	}
}
