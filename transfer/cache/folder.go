package cache

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// DefaultDir is where caches lie unless the user says otherwise: $GOTL_CACHE_DIR,
// else gotl-gpu in the user's cache folder; "" if there is neither.
func DefaultDir() string {
	if d := os.Getenv("GOTL_CACHE_DIR"); d != "" {
		return d
	}
	d, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(d, "gotl-gpu")
}

// folder holds cache files up to a limit; the least recently used go first.
type folder struct {
	dir   string
	limit int64
}

func openFolder(dir string, limit int64) (*folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &folder{dir, limit}, nil
}

// fits reports whether a file of n bytes may lie here: within the limit and half of
// what the disk has left.
func (d *folder) fits(n int64) bool {
	var st unix.Statfs_t
	if err := unix.Statfs(d.dir, &st); err != nil {
		return false
	}
	return n <= d.limit && n <= int64(st.Bavail)*st.Bsize/2
}

func (d *folder) has(k Key) bool {
	for _, end := range []string{doneEnd, partEnd} {
		if _, err := os.Stat(filepath.Join(d.dir, k.String()+end)); err == nil {
			return true
		}
	}
	return false
}

// open opens the file of a key; for a new one it makes room.
func (d *folder) open(k Key, s Spec) (*file, error) {
	if !d.has(k) {
		if !d.fits(s.bytes()) {
			return nil, fmt.Errorf("no room for %d bytes", s.bytes())
		}
		d.evict(s.bytes())
	}
	return openFile(d.dir, k, s.Records, s.Floats)
}

// entry is a cache file in the folder.
type entry struct {
	path string
	size int64 // on disk
	used time.Time
}

// evict removes files, the longest unused first, until n bytes more stay within the
// limit. A file in use stays. Other errors leave the folder too full, no worse.
func (d *folder) evict(n int64) {
	files := d.list()
	slices.SortFunc(files, func(a, b entry) int { return a.used.Compare(b.used) })
	total := n
	for _, e := range files {
		total += e.size
	}
	for _, e := range files {
		if total <= d.limit {
			return
		}
		if removeUnused(e.path) {
			total -= e.size
		}
	}
}

func (d *folder) list() []entry {
	var out []entry
	_ = filepath.WalkDir(d.dir, func(path string, de fs.DirEntry, err error) error {
		if err != nil || !de.Type().IsRegular() || !strings.HasSuffix(path, doneEnd) && !strings.HasSuffix(path, partEnd) {
			return nil
		}
		if info, err := de.Info(); err == nil {
			out = append(out, entry{path, blocks(info), info.ModTime()})
		}
		return nil
	})
	return out
}

// blocks is the space a file takes, which is less than its size where it has holes.
func blocks(info fs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return 512 * st.Blocks
	}
	return info.Size()
}

// removeUnused removes a file that no process has locked.
func removeUnused(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil && os.Remove(path) == nil
}
