package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// storage words a failed write of path; need is how many bytes were asked for.
// The chain holds fault.ErrStorage and the system's error.
func storage(path string, need int64, err error) *fault.Error {
	return fault.New(
		fmt.Errorf("%w: %w", fault.ErrStorage, err),
		filepath.Base(path)+" not written",
		path+": "+reasonText(err)+space(path, need, err),
		survives(path),
		advice(err))
}

func storageUnsynced(path string, err error) *fault.Error {
	return fault.New(
		fmt.Errorf("%w: %w", fault.ErrStorage, err),
		filepath.Base(path)+" not made durable",
		filepath.Dir(path)+": "+reasonText(err),
		"the new file is in place, a power cut now may bring back the old one",
		"check the disk, then write again")
}

// reasonText is the errno's text without the paths that os wraps around it.
func reasonText(err error) string {
	var e syscall.Errno
	if errors.As(err, &e) {
		return e.Error()
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// space says the bytes needed and free when space is what ran out.
func space(path string, need int64, err error) string {
	if !outOfSpace(err) {
		return ""
	}
	s := fmt.Sprintf(" (at least %s needed", Bytes(need))
	var st unix.Statfs_t
	if unix.Statfs(filepath.Dir(path), &st) == nil {
		s += ", " + Bytes(int64(st.Bavail)*st.Bsize) + " free"
	}
	var lim unix.Rlimit
	if errors.Is(err, syscall.EFBIG) && unix.Getrlimit(unix.RLIMIT_FSIZE, &lim) == nil &&
		lim.Cur < 1<<62 {
		s += ", limit of a file " + Bytes(int64(lim.Cur))
	}
	return s + ")"
}

func outOfSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EFBIG) || errors.Is(err, syscall.EDQUOT)
}

func survives(path string) string {
	if _, err := os.Lstat(path); err == nil {
		return "the file written before is intact"
	}
	return "no file of that name existed before; nothing was left behind"
}

func advice(err error) string {
	switch {
	case errors.Is(err, syscall.EFBIG):
		return "raise the file size limit (ulimit -f), then run again"
	case errors.Is(err, syscall.EDQUOT):
		return "free space or raise the quota, then run again"
	case errors.Is(err, syscall.ENOSPC):
		return "free space, then run again"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "choose a folder you may write to (--project, --output-dir)"
	case errors.Is(err, fs.ErrNotExist):
		return "create the folder first"
	}
	return "check the disk, then run again"
}

// Bytes prints n with a binary unit: 512 B, 12 MiB, 1.5 GiB.
func Bytes(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	v, unit := float64(n)/1024, 0
	for v >= 1024 && unit < 4 {
		v, unit = v/1024, unit+1
	}
	if v < 10 {
		return fmt.Sprintf("%.1f %ciB", v, "KMGTP"[unit])
	}
	return fmt.Sprintf("%.0f %ciB", v, "KMGTP"[unit])
}
