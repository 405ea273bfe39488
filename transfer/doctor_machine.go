package transfer

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/jpeg"
)

// Bars of the machine's findings.
const (
	lowMemory  = 1 << 30
	lowDisk    = 1 << 30
	slowFsync  = 200 * time.Millisecond
	fsyncBytes = 1 << 20
)

func asFault(err error) (*fault.Error, bool) {
	var e *fault.Error
	return e, errors.As(err, &e)
}

// older reports whether version a ("3.2.0") is before b ("3.0"), number by number.
func older(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range y {
		m, n := 0, atoi(y[i])
		if i < len(x) {
			m = atoi(x[i])
		}
		if m != n {
			return m < n
		}
	}
	return false
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// findThreads compares the threads of a step with the CPU time this process may use.
func findThreads(threads int) Finding {
	quota := cpuQuota("/sys/fs/cgroup")
	text := fmt.Sprintf("%d CPUs", runtime.NumCPU())
	if quota > 0 {
		text += fmt.Sprintf(", cgroup quota %.3g", quota)
	}
	if threads > 0 {
		text += fmt.Sprintf(", %d OpenMP threads", threads)
	}
	f := Finding{"cpu", stateOK, text, ""}
	if most := int(math.Ceil(quota)); quota > 0 && threads > most {
		f.State, f.Remedy = stateWarn, fmt.Sprintf("more threads than CPU time: export OMP_NUM_THREADS=%d", most)
	}
	return f
}

// cpuQuota reads the CPU limit of cgroup version 2 or 1 in CPUs; 0 is none.
func cpuQuota(root string) float64 {
	if f := strings.Fields(readText(filepath.Join(root, "cpu.max"))); len(f) == 2 {
		return ratioOf(f[0], f[1])
	}
	return ratioOf(strings.TrimSpace(readText(filepath.Join(root, "cpu/cpu.cfs_quota_us"))),
		strings.TrimSpace(readText(filepath.Join(root, "cpu/cpu.cfs_period_us"))))
}

func ratioOf(a, b string) float64 {
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	if err1 != nil || err2 != nil || x <= 0 || y <= 0 {
		return 0
	}
	return x / y
}

func readText(path string) string {
	b, _ := os.ReadFile(path)
	return string(b)
}

// freeMemory is the smaller of free memory and what the cgroup leaves, 0 where
// unknown.
func freeMemory() int64 {
	free := memAvailable(readText("/proc/meminfo"))
	if left := cgroupLeft("/sys/fs/cgroup"); left > 0 {
		free = min(free, left)
	}
	return free
}

// findMemory reports freeMemory.
func findMemory() Finding {
	free := freeMemory()
	f := Finding{"memory", stateOK, mebibytes(free) + " free", ""}
	switch {
	case free == 0:
		f.State, f.Text = stateWarn, "free memory is not known"
	case free < lowMemory:
		f.State, f.Remedy = stateWarn, "close other programs, or use a smaller --batch"
	}
	return f
}

// memAvailable returns MemAvailable of /proc/meminfo in bytes.
func memAvailable(meminfo string) int64 {
	for _, l := range strings.Split(meminfo, "\n") {
		if f := strings.Fields(l); len(f) >= 2 && f[0] == "MemAvailable:" {
			return int64(atoi(f[1])) << 10
		}
	}
	return 0
}

// cgroupLeft returns limit less use of cgroup version 2; 0 is no limit.
func cgroupLeft(root string) int64 {
	limit, err := strconv.ParseInt(strings.TrimSpace(readText(filepath.Join(root, "memory.max"))), 10, 64)
	if err != nil {
		return 0
	}
	used, _ := strconv.ParseInt(strings.TrimSpace(readText(filepath.Join(root, "memory.current"))), 10, 64)
	return max(1, limit-used)
}

func mebibytes(n int64) string { return fmt.Sprintf("%d MiB", n>>20) }

// findDecoder names the JPEG decoder and times it on one thread with a drawn
// picture of 500 by 375 pixels.
func findDecoder() Finding {
	f := Finding{"jpeg", stateOK, jpeg.Decoder(), ""}
	rate, err := decodeRate()
	if err != nil {
		return failure("jpeg", err)
	}
	f.Text += fmt.Sprintf(", %.0f img/s a thread (500x375)", rate)
	if strings.HasPrefix(f.Text, "go ") {
		f.State, f.Remedy = stateWarn, "slower, and other bits than libjpeg-turbo: run make deps and make build again"
	}
	return f
}

func decodeRate() (float64, error) {
	const w, h = 500, 375
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{uint8(x), uint8(y), uint8(x * y >> 6), 255})
		}
	}
	var file bytes.Buffer
	if err := stdjpeg.Encode(&file, m, nil); err != nil {
		return 0, err
	}
	dst, n, begin := make([]byte, 3*w*h), 0, time.Now()
	for time.Since(begin) < 100*time.Millisecond {
		if err := jpeg.Decode(dst, file.Bytes(), w, h); err != nil {
			return 0, err
		}
		n++
	}
	return float64(n) / time.Since(begin).Seconds(), nil
}

func findDisk(dir string) Finding {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return failure("disk", err)
	}
	free := int64(s.Bavail) * s.Bsize
	f := Finding{"disk", stateOK, mebibytes(free) + " free", ""}
	if free < lowDisk {
		f.State, f.Remedy = stateWarn, "free space, or choose another place with --project"
	}
	return f
}

// findFsync times a durable write of 1 MiB, which every checkpoint needs.
func findFsync(dir string) Finding {
	took, err := timeFsync(dir)
	if err != nil {
		f := failure("fsync", err)
		f.Remedy = "choose a place that can be written with --project"
		return f
	}
	f := Finding{"fsync", stateOK, fmt.Sprintf("1 MiB in %v", took.Round(100*time.Microsecond)), ""}
	if took > slowFsync {
		f.State, f.Remedy = stateWarn, "a slow disk delays checkpoints: a larger --save-every, or another --project"
	}
	return f
}

func timeFsync(dir string) (took time.Duration, err error) {
	f, err := os.CreateTemp(dir, ".gotl-doctor-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	begin := time.Now()
	if _, err = f.Write(make([]byte, fsyncBytes)); err != nil {
		return 0, err
	}
	err = f.Sync()
	return time.Since(begin), err
}
