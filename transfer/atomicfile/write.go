package atomicfile

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
)

const bufferBytes = 256 << 10

// WriteBytes replaces path by b, or leaves it as it was.
func WriteBytes(path string, b []byte) error {
	return WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// WriteFile replaces path by what write sends to w, or leaves it as it was.
// w is buffered; write must not keep it. The mode is 0666 less the umask.
//
// An error of write itself comes back as it is; one of the file system is
// fault.ErrStorage. Either way the temporary is gone and path is untouched,
// but for a failed fsync of the folder: then path is new and not yet durable.
func WriteFile(path string, write func(w io.Writer) error) error {
	return disk.replace(path, write)
}

func (d driver) replace(path string, write func(io.Writer) error) error {
	tmp, err := tempName(path)
	if err != nil {
		return storage(path, 0, err)
	}
	f, err := d.create(tmp)
	if err != nil {
		return storage(path, 0, err)
	}
	renamed := false
	defer func() {
		if !renamed {
			_ = d.remove(tmp) // the first error is the one to report
		}
	}()
	n, err := fill(f, write)
	if err != nil {
		return d.blame(path, n, err)
	}
	if err := d.rename(tmp, path); err != nil {
		return storage(path, n, err)
	}
	renamed = true
	if err := d.syncDir(filepath.Dir(path)); err != nil {
		return storageUnsynced(path, err)
	}
	return nil
}

// fill writes, syncs and closes f, always closing it. It returns the bytes asked for.
func fill(f file, write func(io.Writer) error) (n int64, err error) {
	c := &counter{w: f}
	defer func() {
		n = c.n
		if cerr := f.Close(); err == nil && cerr != nil {
			err = ioError{cerr}
		}
	}()
	b := bufio.NewWriterSize(c, bufferBytes)
	if err := write(b); err != nil {
		if c.err != nil { // write met the file's error, perhaps re-worded it
			return 0, ioError{c.err}
		}
		return 0, err
	}
	if err := b.Flush(); err != nil {
		return 0, ioError{err}
	}
	if err := f.Sync(); err != nil {
		return 0, ioError{err}
	}
	return 0, nil
}

// blame keeps the errors of the caller's function apart from those of the disk.
func (d driver) blame(path string, n int64, err error) error {
	var e ioError
	if errors.As(err, &e) {
		return storage(path, n, e.error)
	}
	return err
}

// ioError marks an error as the file system's.
type ioError struct{ error }

func (e ioError) Unwrap() error { return e.error }

// counter counts the bytes asked for and keeps the first error.
type counter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	n, err := c.w.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil && c.err == nil {
		c.err = err
	}
	return n, err
}

const tempMark = ".~"

// tempName returns a name beside path that no other writer uses.
func tempName(path string) (string, error) {
	var r [8]byte
	if _, err := rand.Read(r[:]); err != nil {
		return "", err
	}
	base := filepath.Base(path)
	if len(base) > 200 { // a name may have 255 bytes
		base = base[:200]
	}
	return filepath.Join(filepath.Dir(path), "."+base+tempMark+hex.EncodeToString(r[:])), nil
}

// file is what a write needs of an open file.
type file interface {
	io.Writer
	Sync() error
	Close() error
}

// driver is the file system, replaceable in tests that make its calls fail.
type driver struct {
	create  func(path string) (file, error)
	rename  func(from, to string) error
	remove  func(path string) error
	syncDir func(path string) error
}

var disk = driver{
	create: func(path string) (file, error) {
		return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	},
	rename:  os.Rename,
	remove:  os.Remove,
	syncDir: syncDir,
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}
