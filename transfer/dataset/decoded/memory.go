package decoded

import (
	"os"
	"strconv"
	"strings"
)

// FreeMemory is the bytes that may still be taken: of the machine or of the
// control group (v2), whichever is less. 0 if unknown.
func FreeMemory() int64 {
	meminfo, _ := os.ReadFile("/proc/meminfo")
	free := available(string(meminfo))
	for _, g := range groups() {
		limit, err := number(g + "/memory.max")
		if err != nil {
			continue // "max", or none
		}
		now, err := number(g + "/memory.current")
		if err != nil {
			continue
		}
		stat, _ := os.ReadFile(g + "/memory.stat")
		free = min(free, max(limit-now+field(string(stat), "inactive_file"), 0))
	}
	return free
}

func available(meminfo string) int64 { return field(meminfo, "MemAvailable:") << 10 }

// groups are the folders of this process's control group and its parents.
func groups() []string {
	const root = "/sys/fs/cgroup"
	b, _ := os.ReadFile("/proc/self/cgroup")
	for line := range strings.Lines(string(b)) {
		at, ok := strings.CutPrefix(strings.TrimSpace(line), "0::")
		if !ok {
			continue
		}
		var all []string
		for at = strings.TrimRight(at, "/"); at != ""; at = at[:strings.LastIndexByte(at, '/')] {
			all = append(all, root+at)
		}
		return append(all, root)
	}
	return []string{root}
}

// field returns the number that follows name at the start of a line, else 0.
func field(text, name string) int64 {
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == name {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n
		}
	}
	return 0
}

func number(path string) (int64, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
}
