package decoded

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const suffix = ".gotlpx"

var (
	errBusy = errors.New("another process uses it")
	errRoom = errors.New("no room")
)

func path(o Options) string { return filepath.Join(o.Dir, hex.EncodeToString(o.Key[:16])+suffix) }

func exists(o Options) bool {
	_, err := os.Stat(path(o))
	return err == nil
}

// openFile opens the file of o.Key or makes it, locks and maps it.
func (s *Store) openFile(o Options) error {
	f, err := s.existing(o)
	if err != nil {
		return err
	}
	if f == nil {
		if f, err = s.create(o); err != nil {
			return err
		}
	}
	m, err := unix.Mmap(int(f.Fd()), 0, int(s.end), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		f.Close()
		return fmt.Errorf("mapping: %w", err)
	}
	s.f, s.mem = f, m
	return nil
}

// existing returns the locked file, nil if there is none of this layout.
func (s *Store) existing(o Options) (*os.File, error) {
	f, err := os.OpenFile(path(o), os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil //nolint:nilnil // none is no error
	}
	if err != nil {
		return nil, err
	}
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		f.Close()
		return nil, errBusy
	}
	head := make([]byte, headerBytes)
	st, err := f.Stat()
	if _, e := f.ReadAt(head, 0); err != nil || e != nil || !s.fits(head, st.Size(), o.Key) {
		f.Close() // of another version, or damaged: made anew
		return nil, nil
	}
	_ = unix.Utimes(path(o), nil) // used now
	return f, nil
}

// create makes an empty file beside, locks it and renames it.
func (s *Store) create(o Options) (*os.File, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	if err := room(o.Dir, s.end, o.Disk); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(o.Dir, ".new-*")
	if err != nil {
		return nil, err
	}
	err = errors.Join(lock(f), f.Truncate(s.end), writeAt(f, s.header(o.Key), 0), f.Sync(), os.Rename(f.Name(), path(o)), syncDir(o.Dir))
	if err != nil {
		f.Close()
		os.Remove(f.Name())
		return nil, err
	}
	return f, nil
}

func lock(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }

func writeAt(f *os.File, b []byte, at int64) error {
	_, err := f.WriteAt(b, at)
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// writeFile writes a record, then its entry. After a failure nothing more is
// written: the disk is full or broken.
func (s *Store) writeFile(i int, b []byte) bool {
	e := entry(b)
	err := writeAt(s.f, b, s.off[i])
	if err == nil {
		err = writeAt(s.f, e[:], headerBytes+8*int64(i))
	}
	if err == nil {
		return true
	}
	s.full.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	return false
}

// count is the number of entries in the index.
func (s *Store) count() (n int) {
	for i := range s.size {
		if binary.LittleEndian.Uint32(s.mem[headerBytes+8*i:]) == done {
			n++
		}
	}
	return n
}
