package decoded

import (
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Options of Open.
type Options struct {
	Key   Key
	Sizes []int   // bytes of each record
	Need  int64   // bytes that will be wanted; decides between memory and file
	RAM   *Budget // memory for records
	Dir   string  // folder of files; "" = memory only
	Disk  int64   // most bytes of all files in Dir
}

// Store keeps records. Get and Put may be called from any goroutine, Close when
// none of them runs and no record is in use.
type Store struct {
	layout
	mem   []byte // header, index and records
	state []atomic.Uint32
	ram   *Budget  // of a store in memory
	f     *os.File // of a store in a file
	full  atomic.Bool
	kept  atomic.Int64
	found int

	mu  sync.Mutex
	err error
}

// The states of a record.
const (
	unknown uint32 = iota // in a file, not checked
	busy
	absent
	good
)

// Open returns the store of o.Key. It lies in memory if o.Need fits into o.RAM,
// else in a file if o.Dir has room, else in memory as far as it goes. A file that
// is there already is used. The error tells why a file could not be used; the
// store then lies in memory.
func Open(o Options) (*Store, error) {
	s := &Store{layout: newLayout(o.Sizes), ram: o.RAM, state: make([]atomic.Uint32, len(o.Sizes))}
	var err error
	if o.Dir != "" && (o.Need > o.RAM.Left() || exists(o)) {
		if err = s.openFile(o); err == nil {
			s.found = s.count()
			return s, nil
		}
	}
	return s, s.openMemory(err)
}

// openMemory reserves addresses; pages are taken as records come. why is passed on.
func (s *Store) openMemory(why error) error {
	for i := range s.state {
		s.state[i].Store(absent)
	}
	m, err := unix.Mmap(-1, 0, int(s.end), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		s.full.Store(true) // keeps nothing
		return err
	}
	s.mem = m
	return why
}

// Where is "disk", "ram" or "none".
func (s *Store) Where() string {
	switch {
	case s.f != nil:
		return "disk"
	case s.mem != nil:
		return "ram"
	}
	return "none"
}

// Found is the number of records that an earlier process left.
func (s *Store) Found() int { return s.found }

// Kept is the bytes of the records put.
func (s *Store) Kept() int64 { return s.kept.Load() }

// Err is the first failure of writing, nil if there was none. Records since
// then are not kept.
func (s *Store) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Get returns record i. The bytes must not be changed and are valid until Close.
func (s *Store) Get(i int) ([]byte, bool) {
	st := &s.state[i]
	if st.Load() == unknown && st.CompareAndSwap(unknown, busy) {
		next := absent
		if s.sound(i) {
			next = good
		}
		st.Store(next)
	}
	if st.Load() != good {
		return nil, false
	}
	return s.record(i), true
}

func (s *Store) record(i int) []byte { return s.mem[s.off[i]:][:s.size[i]:s.size[i]] }

// sound checks a record of the file. A page that cannot be read is a fault.
func (s *Store) sound(i int) (ok bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { _ = recover() }()
	var e [8]byte
	copy(e[:], s.mem[headerBytes+8*i:])
	return e != [8]byte{} && e == entry(s.record(i))
}

// Drop forgets record i.
func (s *Store) Drop(i int) { s.state[i].CompareAndSwap(good, absent) }

// Put keeps b as record i unless it is there, there is no room, or b is not of
// its size. It does not keep the slice.
func (s *Store) Put(i int, b []byte) {
	if s.full.Load() || len(b) != s.size[i] {
		return
	}
	if _, ok := s.Get(i); ok || !s.state[i].CompareAndSwap(absent, busy) {
		return
	}
	next := absent
	if s.write(i, b) {
		next = good
		s.kept.Add(int64(len(b)))
	}
	s.state[i].Store(next)
}

func (s *Store) write(i int, b []byte) bool {
	if s.f != nil {
		return s.writeFile(i, b)
	}
	if !s.ram.take(int64(len(b))) {
		return false
	}
	copy(s.record(i), b)
	return true
}

// Close gives memory back and makes a file durable.
func (s *Store) Close() error {
	err := s.Err()
	if s.f != nil {
		if e := s.f.Sync(); err == nil {
			err = e
		}
		s.f.Close()
	} else {
		s.ram.left.Add(s.kept.Load())
	}
	if s.mem != nil {
		_ = unix.Munmap(s.mem)
	}
	s.mem, s.f = nil, nil
	for i := range s.state {
		s.state[i].Store(absent)
	}
	s.full.Store(true)
	return err
}
