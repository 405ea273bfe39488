package suite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gotl-gpu/gotl-gpu/transfer/throughput"
)

// Usage is what a command took, its children included.
type Usage struct {
	Seconds float64
	Peak    int64  // bytes: shared pages of parent and children count once
	Out     string // its standard output
}

// RunCommand runs a command to its end and watches its memory. env is added to the
// environment.
func RunCommand(ctx context.Context, argv []string, env ...string) (Usage, error) {
	var out strings.Builder
	errText := &tail{}
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.Stdout, c.Stderr, c.Env = &out, errText, append(os.Environ(), env...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its children end with it
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	began := time.Now()
	if err := c.Start(); err != nil {
		return Usage{}, err
	}
	stop, peak := make(chan struct{}), make(chan int64)
	go func() { peak <- watch(c.Process.Pid, stop) }()
	err := c.Wait()
	u := Usage{Seconds: time.Since(began).Seconds(), Out: out.String()}
	close(stop)
	u.Peak = <-peak
	if r, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.Peak = max(u.Peak, r.Maxrss<<10) // a short life between two looks
	}
	if err != nil {
		return u, fmt.Errorf("%s: %w: %s", filepath.Base(argv[0]), err, errText)
	}
	return u, nil
}

// watch returns the largest memory of the process group pid until stop.
func watch(pid int, stop <-chan struct{}) int64 {
	var peak int64
	for {
		select {
		case <-stop:
			return peak
		case <-time.After(100 * time.Millisecond):
			peak = max(peak, groupMemory(pid))
		}
	}
}

// groupMemory sums the memory of a process group, pages that several map shared out
// among them.
func groupMemory(group int) int64 {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	var sum int64
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if g, err := syscall.Getpgid(pid); err != nil || g != group {
			continue
		}
		sum += proportional(e.Name())
	}
	return sum
}

// proportional is a process's share of memory (PSS), its RSS where that is hidden.
func proportional(pid string) int64 {
	v := field("/proc/"+pid+"/smaps_rollup", "Pss")
	kb, err := strconv.ParseInt(strings.TrimSuffix(v, " kB"), 10, 64)
	if err != nil {
		return throughput.ReadMemory(pid).Now
	}
	return kb << 10
}

var errNoFile = errors.New("not there")

// need reports the first of files that does not exist.
func need(files ...string) error {
	for _, f := range files {
		if _, err := os.Stat(f); err != nil {
			return fmt.Errorf("%s: %w", f, errNoFile)
		}
	}
	return nil
}
