package throughput

import (
	"bufio"
	"bytes"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// Memory is the resident memory of a process in bytes; 0 where it is not known.
type Memory struct {
	Now  int64
	Peak int64 // since the start or the last ResetPeak
}

// ReadMemory asks the kernel about a process: "self" or a number.
func ReadMemory(pid string) Memory {
	text, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return Memory{}
	}
	var m Memory
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		key, rest, _ := strings.Cut(s.Text(), ":")
		kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		switch key {
		case "VmRSS":
			m.Now = kb << 10
		case "VmHWM":
			m.Peak = kb << 10
		}
	}
	return m
}

// ResetPeak gives unused memory back and starts a new peak, where the kernel allows it.
func ResetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200) // not allowed: the peak is that of the process
}
