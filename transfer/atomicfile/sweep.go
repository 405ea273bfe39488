package atomicfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

var litter = regexp.MustCompile(`^\..+\.~[0-9a-f]{16}$`)

// Sweep removes the temporaries that killed writers left in dir and returns how
// many. Only the holder of the run's lock may call it. A missing dir has none.
func Sweep(dir string) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if os.IsNotExist(err) {
			return 0, nil
		}
		return 0, storage(dir, 0, err)
	}
	n := 0
	for _, e := range entries {
		if !litter.MatchString(e.Name()) || e.Type()&fs.ModeType != 0 {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if err := os.Remove(path); err != nil {
			return n, storage(path, 0, err)
		}
		n++
	}
	return n, nil
}
