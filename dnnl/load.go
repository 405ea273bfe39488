package dnnl

/*
#cgo CFLAGS: -I${SRCDIR}/../.deps/onednn/include -DGOTL_ONEDNN_PIN=20230200
#cgo CFLAGS: -std=gnu11 -O3 -Wall -Wno-unused-function
#cgo linux LDFLAGS: -ldl -lm
#include <stdlib.h>
#include "shim.h"
static int gotl_version(int *major, int *minor, int *patch, const char **hash) {
	const dnnl_version_t *v = gotl.dnnl_version();
	*major = v->major, *minor = v->minor, *patch = v->patch, *hash = v->hash;
	return v->cpu_runtime;
}
static int gotl_isa(void) { return gotl.dnnl_get_effective_cpu_isa(); }
*/
import "C"

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unsafe"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Raise GOTL_ONEDNN_PIN above with the pinned version: Go's build cache does not
// see the headers.

// library is what load found; one per process, never unloaded.
type library struct {
	path    string
	handle  unsafe.Pointer
	version string
	hash    string // source revision, as the library says
	runtime string // file of the OpenMP runtime, "" if its threads cannot be shared
	threads int    // OMP_NUM_THREADS in force when it was loaded
}

var (
	loadLock sync.Mutex
	loaded   *library
)

// load opens the library once. A failure is not remembered: a next call looks again.
func load() (*library, error) {
	loadLock.Lock()
	defer loadLock.Unlock()
	if loaded != nil {
		return loaded, nil
	}
	threads := setThreads()
	l, err := open(places())
	if err != nil {
		return nil, err
	}
	l.threads = threads
	loaded = l
	return l, nil
}

// open tries the places in turn.
func open(places []string) (*library, error) {
	var why []string
	for _, p := range places {
		if strings.Contains(p, "/") {
			if _, err := os.Stat(p); os.IsNotExist(err) {
				why = append(why, p+": not there")
				continue
			}
		}
		h, err := dlopen(p)
		if err != nil {
			why = append(why, p+": "+strings.TrimPrefix(err.Error(), p+": "))
			continue
		}
		return describe(h, p), nil
	}
	return nil, fault.New(fault.ErrDevice, "oneDNN >= 3.0 ("+soname+") cannot be loaded", "--device cpu", strings.Join(why, "; "),
		"run make deps in the source folder, or install oneDNN 3 (Debian, Ubuntu: libdnnl3), or set "+EnvPath+
			" to its folder; gotl-gpu doctor checks it")
}

func dlopen(path string) (unsafe.Pointer, error) {
	p := C.CString(path)
	defer C.free(unsafe.Pointer(p))
	var h unsafe.Pointer
	var why [512]C.char
	if C.gotl_load(p, &h, &why[0], C.int(len(why))) != 0 {
		return nil, fmt.Errorf("%s", C.GoString(&why[0]))
	}
	return h, nil
}

func describe(h unsafe.Pointer, path string) *library {
	l := &library{path: fileOf(h, "dnnl_version"), handle: h}
	if l.path == "" {
		l.path = path
	}
	if abs, err := filepath.Abs(l.path); err == nil && strings.Contains(l.path, "/") {
		l.path = abs
	}
	var major, minor, patch C.int
	var hash *C.char
	C.gotl_version(&major, &minor, &patch, &hash)
	l.version = fmt.Sprintf("%d.%d.%d", major, minor, patch)
	l.hash = C.GoString(hash)
	if C.gotl_threads_init(h) != 0 {
		l.runtime = fileOf(h, "GOMP_parallel")
	}
	return l
}

func fileOf(h unsafe.Pointer, symbol string) string {
	s := C.CString(symbol)
	defer C.free(unsafe.Pointer(s))
	var path [4096]C.char
	C.gotl_file_of(h, s, &path[0], C.int(len(path)))
	return C.GoString(&path[0])
}

// isas names the values of dnnl_cpu_isa_t.
var isas = map[int]string{
	0x1: "SSE4.1", 0x3: "AVX", 0x7: "AVX2", 0xf: "AVX2+VNNI", 0x1f: "AVX2+VNNI2", 0x27: "AVX-512", 0x67: "AVX-512+VNNI",
	0xe7: "AVX-512+BF16", 0x1ef: "AVX-512+FP16", 0xfef: "AVX-512+AMX", 0x1fef: "AVX-512+AMX-FP16",
}

func isa() string {
	v := int(C.gotl_isa())
	if s, ok := isas[v]; ok {
		return s
	}
	return fmt.Sprintf("ISA %#x", v)
}
