package suite

import (
	"bufio"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
)

// Machine describes where rows were measured. It names no host.
type Machine struct {
	CPU       string            `json:"cpu"`
	Cores     int               `json:"cores"` // this process may run on
	Threads   int               `json:"threads"`
	ISA       string            `json:"isa,omitempty"` // as oneDNN names it
	MemoryGB  int               `json:"memory_gb"`
	OS        string            `json:"os"`
	Date      string            `json:"date"`
	Libraries map[string]string `json:"libraries,omitempty"` // side: names and versions
}

// ThisMachine describes the machine; date is YYYY-MM-DD.
func ThisMachine(date string, threads int) *Machine {
	return &Machine{CPU: field("/proc/cpuinfo", "model name"), Cores: runtime.GOMAXPROCS(0), Threads: threads, MemoryGB: memoryGB(),
		OS: runtime.GOOS + "/" + runtime.GOARCH, Date: date, Libraries: map[string]string{}}
}

// field returns the first value of a key in a file of "key : value" lines.
func field(file, key string) string {
	f, err := os.Open(file)
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		k, v, ok := strings.Cut(s.Text(), ":")
		if ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
}

func memoryGB() int {
	kb, err := strconv.Atoi(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"))
	if err != nil {
		return 0
	}
	return (kb + 1<<19) >> 20
}

var notWord = regexp.MustCompile(`[^a-z0-9]+`)

// Slug is the machine's part of a file name: "intel-r-xeon-r-processor-2-cores".
func (m *Machine) Slug() string {
	s := strings.Trim(notWord.ReplaceAllString(strings.ToLower(m.CPU), "-"), "-")
	return s + "-" + strconv.Itoa(m.Cores) + "-cores"
}
