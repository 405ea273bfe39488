package dnnl

// #include "shim.h"
import "C"

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Status is a failure that the library reported.
type Status struct {
	Code int    // dnnl_status_t
	Call string // what was asked of it: "convolution forward"
}

var statusNames = map[int]string{
	C.dnnl_out_of_memory:      "dnnl_out_of_memory",
	C.dnnl_invalid_arguments:  "dnnl_invalid_arguments",
	C.dnnl_unimplemented:      "dnnl_unimplemented",
	C.dnnl_last_impl_reached:  "dnnl_last_impl_reached",
	C.dnnl_runtime_error:      "dnnl_runtime_error",
	C.dnnl_not_required:       "dnnl_not_required",
	int(C.dnnl_invalid_graph): "dnnl_invalid_graph",
}

func (s *Status) Error() string {
	name := statusNames[s.Code]
	if name == "" {
		name = "unknown status"
	}
	return fmt.Sprintf("oneDNN: %s: %s (%d)", s.Call, name, s.Code)
}

// Unwrap returns the reason: fault.ErrUnsupported for dnnl_unimplemented, which a
// caller may answer with another way; fault.ErrMemory; fault.ErrDevice for the rest.
func (s *Status) Unwrap() error {
	switch s.Code {
	case C.dnnl_unimplemented, C.dnnl_last_impl_reached:
		return fault.ErrUnsupported
	case C.dnnl_out_of_memory:
		return fault.ErrMemory
	case C.dnnl_invalid_arguments:
		return fault.ErrInternal
	}
	return fault.ErrDevice
}

// status returns nil for success.
func status(rc C.dnnl_status_t, call string) error {
	if rc == C.dnnl_success {
		return nil
	}
	return &Status{int(rc), call}
}
