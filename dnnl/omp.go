package dnnl

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// setThreads sets OMP_NUM_THREADS for the runtime that the library is about to
// bring, which reads it once while it is loaded, and returns the number. The
// user's own setting stays. OMP_PROC_BIND is never touched: bound in-process, Go
// would see one CPU (golang/go#47365).
func setThreads() int {
	setSpinning()
	if s := os.Getenv("OMP_NUM_THREADS"); s != "" {
		first, _, _ := strings.Cut(s, ",")
		if n, err := strconv.Atoi(strings.TrimSpace(first)); err == nil && n > 0 {
			return n
		}
	}
	n := min(runtime.GOMAXPROCS(0), physicalCores("/sys/devices/system/cpu"))
	setenv("OMP_NUM_THREADS", strconv.Itoa(n))
	return n
}

// spins is how often a thread looks for work before it sleeps: some 20 µs. GNU's
// default of milliseconds makes a step 30 times slower as soon as anything else,
// such as our decoders, wants a core; in a quiet machine it gains nothing.
const spins = "20000"

// setSpinning shortens the waiting of GNU's threads unless the user chose it.
func setSpinning() {
	if os.Getenv("GOMP_SPINCOUNT") == "" && os.Getenv("OMP_WAIT_POLICY") == "" {
		setenv("GOMP_SPINCOUNT", spins)
	}
}

// setenv sets C's environment only: child processes do not inherit it.
func setenv(name, value string) {
	n, v := C.CString(name), C.CString(value)
	defer C.free(unsafe.Pointer(n))
	defer C.free(unsafe.Pointer(v))
	C.setenv(n, v, 1)
}

// physicalCores counts the cores this process may run on: hardware threads of one
// core count once. GOMAXPROCS already knows the cgroup's quota.
func physicalCores(sys string) int {
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		return runtime.NumCPU()
	}
	cores := map[string]bool{}
	for cpu := range 8 * len(allowed) * 8 {
		if !allowed.IsSet(cpu) {
			continue
		}
		file := filepath.Join(sys, fmt.Sprintf("cpu%d", cpu), "topology", "thread_siblings_list")
		siblings, err := os.ReadFile(file)
		if err != nil {
			siblings = []byte(file)
		}
		cores[string(siblings)] = true
	}
	return max(1, len(cores))
}
