//go:build cuda

package cushim

//go:generate go run gen.go

/*
#cgo CFLAGS: -I${SRCDIR}/../compat -I${SRCDIR}/../../../.deps/cuda/include -DGOTL_SHIM=2 -std=gnu11 -O2 -Wall -Wno-deprecated-declarations
#cgo linux LDFLAGS: -Wl,--as-needed -L${SRCDIR}/stub -ldl -lpthread
#include "shim.h"
*/
import "C"

// State is what loading libcuda came to.
type State struct {
	Code int    // of cuInit; 100 (no device) also where there is no library
	Path string // as it was opened; empty: no library
	Why  string // the places tried and why not, if Path is empty
}

// Status loads the library if that has not been tried yet. It may be called from
// any goroutine; the answer of a process never changes.
func Status() State {
	var path, why *C.char
	rc := C.gotl_cu_status(&path, &why)
	return State{Code: int(rc), Path: C.GoString(path), Why: C.GoString(why)}
}
