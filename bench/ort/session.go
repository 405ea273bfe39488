package ort

/*
#cgo linux LDFLAGS: -ldl
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

var (
	loadLock sync.Mutex
	version  string // of the loaded library
)

func load() error {
	loadLock.Lock()
	defer loadLock.Unlock()
	if version != "" {
		return nil
	}
	path, err := Available()
	if err != nil {
		return err
	}
	p := C.CString(path)
	defer C.free(unsafe.Pointer(p))
	var v *C.char
	if err := fail(path, C.ort_load(p, &v)); err != nil {
		return err
	}
	version = C.GoString(v)
	return nil
}

// Version returns the library's version.
func Version() (string, error) {
	if err := load(); err != nil {
		return "", err
	}
	return version, nil
}

// fail turns a message of the shim into an error.
func fail(what string, msg *C.char) error {
	if msg == nil {
		return nil
	}
	defer C.free(unsafe.Pointer(msg))
	return errors.New("ort: " + what + ": " + C.GoString(msg))
}

// Info describes an input or output. A dimension of -1 is not fixed.
type Info struct {
	Name  string
	DType graph.DType // Invalid: a type that this package does not pass
	Shape []int
}

// Option changes how a session runs.
type Option func(*options)

type options struct{ threads int }

// Threads sets the number of threads; 1 is the default.
func Threads(n int) Option { return func(o *options) { o.threads = n } }

// Session is an opened model. It is not safe for concurrent use.
type Session struct {
	h       unsafe.Pointer
	inputs  []Info
	outputs []Info
}

// Open opens a model file. Errors: ErrNone; the library's own message.
func Open(path string, opts ...Option) (*Session, error) {
	p := C.CString(path)
	defer C.free(unsafe.Pointer(p))
	return open(path, opts, func(threads C.int, h *unsafe.Pointer) *C.char { return C.ort_open(p, nil, 0, threads, h) })
}

// OpenBytes opens a model from memory.
func OpenBytes(model []byte, opts ...Option) (*Session, error) {
	data := unsafe.Pointer(unsafe.SliceData(model))
	return open("model", opts, func(threads C.int, h *unsafe.Pointer) *C.char {
		return C.ort_open(nil, data, C.size_t(len(model)), threads, h)
	})
}

func open(name string, opts []Option, f func(C.int, *unsafe.Pointer) *C.char) (*Session, error) {
	if err := load(); err != nil {
		return nil, err
	}
	o := options{threads: 1}
	for _, set := range opts {
		set(&o)
	}
	s := &Session{}
	if err := fail(name, f(C.int(o.threads), &s.h)); err != nil {
		return nil, err
	}
	var err error
	if s.inputs, err = s.list(0); err == nil {
		s.outputs, err = s.list(1)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Inputs returns what Run needs.
func (s *Session) Inputs() []Info { return s.inputs }

// Outputs returns what Run gives.
func (s *Session) Outputs() []Info { return s.outputs }

// Close frees the session. A second call does nothing.
func (s *Session) Close() {
	if s.h != nil {
		C.ort_close(s.h)
		s.h = nil
	}
}

const maxRank = 16

func (s *Session) list(outputs C.int) ([]Info, error) {
	var n C.size_t
	if err := fail("arguments", C.ort_count(s.h, outputs, &n)); err != nil {
		return nil, err
	}
	infos := make([]Info, n)
	for i := range infos {
		var name *C.char
		if err := fail("name", C.ort_name(s.h, outputs, C.size_t(i), &name)); err != nil {
			return nil, err
		}
		infos[i].Name = C.GoString(name)
		C.free(unsafe.Pointer(name))
		var typ C.int
		var dims [maxRank]C.int64_t
		rank := C.size_t(maxRank)
		if err := fail("type of "+infos[i].Name, C.ort_type(s.h, outputs, C.size_t(i), &typ, &dims[0], &rank)); err != nil {
			return nil, err
		}
		infos[i].DType = dtypeOf[int(typ)]
		infos[i].Shape = shape(dims[:rank])
	}
	return infos, nil
}

func shape(dims []C.int64_t) []int {
	s := make([]int, len(dims))
	for i, d := range dims {
		s[i] = int(d)
	}
	return s
}

// Run computes all outputs. Every input must be given.
func (s *Session) Run(in map[string]*graph.Tensor) (map[string]*graph.Tensor, error) {
	if s.h == nil {
		return nil, errors.New("ort: session is closed")
	}
	c := call{}
	defer c.free()
	for _, i := range s.inputs {
		t := in[i.Name]
		if t == nil {
			return nil, fmt.Errorf("ort: input %q is missing", i.Name)
		}
		if err := c.input(i.Name, t); err != nil {
			return nil, err
		}
	}
	return c.run(s)
}
