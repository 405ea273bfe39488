package atomicfile

import (
	"os"
	"syscall"
)

// failing is the disk with one call that fails: create, write, short (a write
// that stops early without an error), write2 (the second), sync, close, rename, syncdir.
func failing(call string, errno syscall.Errno) driver {
	d := disk
	create := d.create
	d.create = func(path string) (file, error) {
		if call == "create" {
			return nil, &os.PathError{Op: "open", Path: path, Err: errno}
		}
		f, err := create(path)
		return &faultyFile{file: f, call: call, errno: errno}, err
	}
	if call == "rename" {
		d.rename = func(a, b string) error { return &os.LinkError{Op: "rename", Old: a, New: b, Err: errno} }
	}
	if call == "syncdir" {
		d.syncDir = func(string) error { return errno }
	}
	return d
}

type faultyFile struct {
	file
	call   string
	errno  syscall.Errno
	writes int
}

func (f *faultyFile) Write(p []byte) (int, error) {
	f.writes++
	switch {
	case f.call == "short":
		return f.file.Write(p[:len(p)/2])
	case f.call == "write" || f.call == "write2" && f.writes == 2:
		n, _ := f.file.Write(p[:len(p)/2])
		return n, f.errno
	}
	return f.file.Write(p)
}

func (f *faultyFile) Sync() error {
	if f.call == "sync" {
		return f.errno
	}
	return f.file.Sync()
}

func (f *faultyFile) Close() error {
	err := f.file.Close()
	if f.call == "close" {
		return f.errno
	}
	return err
}
