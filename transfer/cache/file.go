package cache

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	magic     = "GOTLREC1"
	page      = 4096
	headBytes = 40
	partEnd   = ".part"
	doneEnd   = ".rec"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var (
	errBusy    = errors.New("in use by another process")
	errDamaged = errors.New("damaged")
)

// head says what a record holds; an empty record has the zero tag.
type head struct {
	tag Key
	crc uint32
	set bool
}

// file is the disk side of a store. It is not safe for concurrent use but for
// read, which touches no field that write changes.
type file struct {
	f       *os.File
	path    string // KEY.rec
	part    bool   // still KEY.part
	key     Key
	records int
	floats  int
	heads   []head
	dirty   bool
}

// openFile opens, takes over or makes the file of key in dir and locks it.
// Errors: errBusy; those of the file system.
func openFile(dir string, key Key, records, floats int) (*file, error) {
	c := &file{path: filepath.Join(dir, key.String()+doneEnd), key: key, records: records, floats: floats, heads: make([]head, records)}
	for _, name := range []string{c.path, filepath.Join(dir, key.String()+partEnd)} {
		c.part = name != c.path
		flags := os.O_RDWR
		if c.part {
			flags |= os.O_CREATE
		}
		f, err := os.OpenFile(name, flags, 0o600)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			f.Close()
			return nil, errBusy
		}
		c.f = f
		if c.load() != nil {
			err = c.begin()
		}
		if err != nil {
			f.Close()
			return nil, err
		}
		now := time.Now()
		_ = os.Chtimes(name, now, now) // the least recently used goes first
		return c, nil
	}
	return nil, os.ErrNotExist
}

func (c *file) header() []byte {
	b := make([]byte, page)
	n := copy(b, magic)
	binary.LittleEndian.PutUint64(b[n:], uint64(c.records))
	binary.LittleEndian.PutUint64(b[n+8:], uint64(c.floats))
	n += 16
	n += copy(b[n:], c.key[:])
	binary.LittleEndian.PutUint32(b[n:], crc32.Checksum(b[:n], castagnoli))
	return b
}

// load reads and checks header and heads.
func (c *file) load() error {
	want, got := c.header(), make([]byte, page)
	if _, err := c.f.ReadAt(got, 0); err != nil {
		return err
	}
	if string(got) != string(want) {
		return errDamaged
	}
	b := make([]byte, headBytes*c.records)
	if _, err := c.f.ReadAt(b, page); err != nil {
		return err
	}
	for i := range c.heads {
		h := b[headBytes*i:]
		c.heads[i] = head{Key(h[:32]), binary.LittleEndian.Uint32(h[32:]), binary.LittleEndian.Uint32(h[36:]) == 1}
	}
	return nil
}

// begin makes the file new and empty.
func (c *file) begin() error {
	if err := c.f.Truncate(0); err != nil {
		return err
	}
	if err := c.f.Truncate(c.at(c.records)); err != nil {
		return err
	}
	_, err := c.f.WriteAt(c.header(), 0)
	return err
}

// at is the offset of record i.
func (c *file) at(i int) int64 {
	heads := (headBytes*int64(c.records) + page - 1) / page * page
	return page + heads + 4*int64(i)*int64(c.floats)
}

func checksum(tag Key, b []byte) uint32 {
	return crc32.Update(crc32.Checksum(tag[:], castagnoli), castagnoli, b)
}

// read fills dst with record i, which h describes. Errors: errDamaged;
// those of the file system.
func (c *file) read(i int, h head, dst []float32) error {
	b := bytesOf(dst)
	if _, err := c.f.ReadAt(b, c.at(i)); err != nil {
		return err
	}
	if checksum(h.tag, b) != h.crc {
		return errDamaged
	}
	return nil
}

// write stores a record and returns its head, which the caller files under its lock.
func (c *file) write(i int, tag Key, src []float32) (head, error) {
	b := bytesOf(src)
	h := head{tag, checksum(tag, b), true}
	if _, err := c.f.WriteAt(b, c.at(i)); err != nil {
		return h, err
	}
	var raw [headBytes]byte
	copy(raw[:], tag[:])
	binary.LittleEndian.PutUint32(raw[32:], h.crc)
	binary.LittleEndian.PutUint32(raw[36:], 1)
	_, err := c.f.WriteAt(raw[:], page+headBytes*int64(i))
	c.dirty = true
	return h, err
}

// close makes the file durable under its final name; one without a record goes. In a
// hurry it stays as it is.
func (c *file) close(hurry bool) error {
	defer c.f.Close()
	if hurry {
		return nil
	}
	if c.part && !c.dirty && !c.any() {
		return os.Remove(c.f.Name())
	}
	if !c.dirty && !c.part {
		return nil
	}
	if err := c.f.Sync(); err != nil {
		return err
	}
	if !c.part {
		return nil
	}
	if err := os.Rename(c.f.Name(), c.path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(c.path))
}

func (c *file) any() bool {
	for _, h := range c.heads {
		if h.set {
			return true
		}
	}
	return false
}

// drop removes the file after a failed write.
func (c *file) drop() {
	_ = os.Remove(c.f.Name())
	c.f.Close()
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return unix.Fsync(int(d.Fd()))
}
