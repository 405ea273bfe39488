//go:build cuda

package driver

/*
#cgo CFLAGS: -I${SRCDIR}/compat -I${SRCDIR}/../../.deps/cuda/include -DGOTL_COMPAT_1 -std=gnu11 -O2 -Wall
#include <cuda.h>
*/
import "C"

import "reflect"

func count(p Purpose, n int64) { live[p].Add(n) }

// wrap turns an error of cu into an *Error. cu's own texts miss newer codes.
func wrap(call string, err error) error {
	if err == nil {
		return nil
	}
	if v := reflect.ValueOf(err); v.Kind() == reflect.Int {
		return newError(call, int(v.Int()))
	}
	return &Error{Call: call, Code: -1, Name: "error", Text: err.Error()}
}

func check(call string, rc C.CUresult) error {
	if rc == C.CUDA_SUCCESS {
		return nil
	}
	return newError(call, int(rc))
}

func newError(call string, code int) *Error {
	e := &Error{Call: call, Code: code, Name: "CUDA error", Text: "no text in this driver"}
	var s *C.char
	if C.cuGetErrorName(C.CUresult(code), &s) == C.CUDA_SUCCESS && s != nil {
		e.Name = C.GoString(s)
	}
	if C.cuGetErrorString(C.CUresult(code), &s) == C.CUDA_SUCCESS && s != nil {
		e.Text = C.GoString(s)
	}
	switch code {
	case codeNotFound:
		e.Text += "; or the driver is too old and has no " + call
	case codeNoBinary, codePTXVersion:
		e.Text += "; the GPU or its driver is too old for the kernels of this build"
	}
	return e
}
