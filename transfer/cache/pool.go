package cache

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// DiskLimit is the space of a cache folder unless Options say otherwise.
const DiskLimit = 20 << 30

// Level says where records are held.
type Level string

// The levels. A store of level None holds nothing.
const (
	None Level = "none"
	RAM  Level = "ram"
	Disk Level = "disk"
)

// Options of New.
type Options struct {
	Dir       string // folder of the files, made if needed; "": no files
	RAM       int64  // bytes that records may take in memory
	DiskLimit int64  // bytes of the folder; 0: DiskLimit
	Warn      func(text string)
}

// Pool holds the stores of one run.
type Pool struct {
	o      Options
	folder *folder // nil: no files
	w      *writer
	mu     sync.Mutex
	ram    int64          // left
	shared map[Key]*Store // open stores
	hurry  atomic.Bool
}

// New returns a Pool. A folder that cannot be used is told to Warn and left out.
func New(o Options) *Pool {
	if o.DiskLimit == 0 {
		o.DiskLimit = DiskLimit
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	p := &Pool{o: o, ram: o.RAM, w: newWriter(), shared: map[Key]*Store{}}
	if o.Dir == "" {
		return p
	}
	var err error
	if p.folder, err = openFolder(o.Dir, o.DiskLimit); err != nil {
		o.Warn(fmt.Sprintf("cache folder %s cannot be used: %v", o.Dir, err))
	}
	return p
}

// Choose returns where n bytes of records can be held: in memory, else on disk,
// else nowhere.
func (p *Pool) Choose(n int64) Level {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case n <= p.ram:
		return RAM
	case p.folder != nil && p.folder.fits(n):
		return Disk
	}
	return None
}

// Known reports whether there is a file for the key.
func (p *Pool) Known(k Key) bool { return p.folder != nil && p.folder.has(k) }

// Spec describes a store.
type Spec struct {
	Records int  // samples
	Floats  int  // of a record
	Used    int  // records that will be used: memory and space are reserved for them
	Keep    bool // level RAM: write to disk as well, for later runs
}

func (s Spec) bytes() int64 { return 4 * int64(s.Used) * int64(s.Floats) }

// Open opens the store of a key at a level that Choose gave. It does not fail: what
// stands in the way lowers the level, and Note says so. A store that is open already
// is shared; each opening wants its Close.
func (p *Pool) Open(k Key, l Level, s Spec) *Store {
	p.mu.Lock()
	st := p.shared[k]
	if st != nil {
		st.users++
	}
	p.mu.Unlock()
	if st != nil {
		return st
	}
	st = p.open(k, l, s)
	p.mu.Lock()
	p.shared[k] = st
	p.mu.Unlock()
	return st
}

func (p *Pool) open(k Key, l Level, s Spec) *Store {
	st := &Store{p: p, key: k, users: 1, spec: s, level: l, tags: make([]Key, s.Records), have: make([]bool, s.Records)}
	if l == None || s.Records == 0 || s.Floats == 0 {
		st.level = None
		return st
	}
	if l == RAM {
		st.takeMemory()
	}
	if p.folder != nil && (st.level == Disk || s.Keep) {
		f, err := p.folder.open(k, s)
		if err != nil {
			st.note = "not on disk: " + err.Error()
		}
		st.file = f
	}
	if st.level == Disk && st.file == nil {
		st.level = None
	}
	return st
}

// Hurry makes Close quick, for a run that is stopped: records still in the queue are
// not written and files are not synced. What is on disk serves the next run.
func (p *Pool) Hurry() { p.hurry.Store(true) }

// Close waits for the disk. Stores must be closed before.
func (p *Pool) Close() { p.w.close() }
