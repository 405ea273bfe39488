package dataset

import (
	"bufio"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// WriteSplit writes split.csv: path,label,split,group,sha256,phash (empty). The
// file is valid DATA with --root at the pictures' folder.
func (s *Set) WriteSplit(path string) error {
	return writeWhole(path, func(w io.Writer) error {
		c := csv.NewWriter(w)
		_ = c.Write([]string{"path", "label", "split", "group", "sha256", "phash"})
		for i := range s.Samples {
			x := &s.Samples[i]
			_ = c.Write([]string{x.Path, s.Classes[x.Label], x.Split.String(), x.Group, hex.EncodeToString(x.SHA256[:]), ""})
		}
		c.Flush()
		return c.Error()
	})
}

// WriteSkipped writes skipped.jsonl: one {"path","reason"} a line.
func WriteSkipped(path string, skipped []Skip) error {
	return writeWhole(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		for _, k := range skipped {
			if err := e.Encode(k); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeWhole writes a file so that it is either the old or the whole new one:
// temp beside, fsync, rename, fsync of the folder. Error: ErrStorage.
func writeWhole(path string, fill func(io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("%w: %w", fault.ErrStorage, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("%w: %s: %w", fault.ErrStorage, path, err)
		}
	}()
	b := bufio.NewWriter(f)
	if err = fill(b); err != nil {
		return err
	}
	for _, step := range []func() error{b.Flush, f.Sync, func() error { return f.Chmod(0o644) }, f.Close,
		func() error { return os.Rename(f.Name(), path) }} {
		if err = step(); err != nil {
			return err
		}
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
