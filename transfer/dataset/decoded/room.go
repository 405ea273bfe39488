package decoded

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// keepFree is disk space that caches never take.
const keepFree = 1 << 30

// room makes place in dir for need bytes: of all stores limit bytes may remain.
// The longest unused go first; one in use stays.
func room(dir string, need, limit int64) error {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return err
	}
	free := int64(st.Bavail) * st.Bsize
	files, used := stores(dir)
	for _, f := range files {
		if used+need <= limit && free >= need+keepFree {
			break
		}
		if remove(f.path) {
			used, free = used-f.bytes, free+f.bytes
		}
	}
	if used+need > limit || free < need+keepFree {
		return fmt.Errorf("%w: %d bytes wanted, %d free, caches may hold %d", errRoom, need, free, limit)
	}
	return nil
}

type file struct {
	path  string
	bytes int64
	used  time.Time
}

// stores lists the files of dir, longest unused first, and their bytes on disk.
// Leftovers of killed creators count too.
func stores(dir string) (files []file, sum int64) {
	for _, pattern := range []string{"*" + suffix, ".new-*"} {
		names, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, name := range names {
			var st unix.Stat_t
			if unix.Lstat(name, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
				continue
			}
			f := file{name, st.Blocks * 512, time.Unix(st.Mtim.Unix())}
			files, sum = append(files, f), sum+f.bytes
		}
	}
	slices.SortFunc(files, func(a, b file) int { return a.used.Compare(b.used) })
	return files, sum
}

// remove deletes a store that nobody uses.
func remove(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return lock(f) == nil && os.Remove(path) == nil
}
