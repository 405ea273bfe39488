package driver

import (
	"errors"
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// EnvPath names the variable that says where libcuda.so.1 is: a file or its
// folder. If it is set, no other place is tried.
const EnvPath = "GOTL_CUDA_PATH"

// ErrThread means a call from another OS thread than the one that opened the device.
var ErrThread = errors.New("called from another thread than the one that opened the device")

// ErrClosed means an object that was closed before.
var ErrClosed = errors.New("already closed")

// Codes of CUresult that need an answer of their own.
const (
	codeOutOfMemory    = 2
	codeStubLibrary    = 34
	codeNoDevice       = 100
	codeInvalidDevice  = 101
	codeNoBinary       = 209
	codePTXVersion     = 222
	codeNotFound       = 500
	codeNotReady       = 802
	codeDriverMismatch = 803
	codeCompat         = 804
)

// Error is a driver call that failed. It is a fault.ErrMemory where the device has
// no memory left, else a fault.ErrDevice.
type Error struct {
	Call string // function of the driver
	Code int    // CUresult
	Name string // as the driver names the code
	Text string // as the driver explains it
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s (%d): %s", e.Call, e.Name, e.Code, e.Text)
}

// Unwrap returns the class of the failure.
func (e *Error) Unwrap() error {
	if e.Code == codeOutOfMemory {
		return fault.ErrMemory
	}
	return fault.ErrDevice
}

// OutOfMemory reports whether err is a device that has no memory left; a smaller
// micro-batch may do.
func OutOfMemory(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == codeOutOfMemory
}
