package dataset

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/decoded"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/jpeg"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// CacheOptions say what a Cache may take and what it keeps.
type CacheOptions struct {
	Memory int64  // bytes of pixels in memory
	Dir    string // folder for what does not fit; "" = memory only
	Disk   int64  // most bytes of all files in Dir; 0 = 20 GiB

	// Side makes random views be cut from pictures whose short side is at most
	// Side pixels: smaller ones as they are, larger ones reduced to it with Filter.
	// The rule holds whether or not a picture could be kept. 0: random views are cut
	// from the files, and only fixed views are kept; WholePictures gives the same
	// bytes from pictures that are kept unreduced.
	Side   int
	Filter resize.Filter
}

// WholePictures is a CacheOptions.Side that no picture exceeds.
const WholePictures = 1 << 30

// defaultDisk is the most that caches take on disk.
const defaultDisk = 20 << 30

// Cache keeps decoded pixels (DATA §10): fixed views as they are delivered,
// and with CacheOptions.Side the pictures that random views are cut from.
// Batches have the same bytes with and without room to keep them. It may serve
// several loaders and sets at once.
type Cache struct {
	o   CacheOptions
	ram *decoded.Budget

	epochs atomic.Int32 // open ones that may hold records

	mu     sync.Mutex
	stores map[decoded.Key]*kept
	notes  []string
}

// kept is a store and what it holds.
type kept struct {
	*decoded.Store
	what string
	n    int
}

// NewCache returns a cache of fixed views in at most budget bytes of memory.
func NewCache(budget int64) *Cache { return OpenCache(CacheOptions{Memory: budget}) }

// OpenCache returns an empty cache; stores are opened when a Loader asks. The
// caller closes it after the last Epoch.
func OpenCache(o CacheOptions) *Cache {
	if o.Disk <= 0 {
		o.Disk = defaultDisk
	}
	if o.Filter == resize.Nearest {
		o.Filter = resize.Bilinear
	}
	return &Cache{o: o, ram: decoded.NewBudget(max(o.Memory, 0)), stores: map[decoded.Key]*kept{}}
}

// Bytes returns the bytes of pixels put in since it was opened.
func (c *Cache) Bytes() (n int64) {
	for _, s := range c.all() {
		n += s.Kept()
	}
	return n
}

// CacheState describes one store of a Cache.
type CacheState struct {
	What    string // views or pictures
	Where   string // ram, disk or none
	Records int    // places
	Found   int    // records an earlier run left
	Bytes   int64  // put by this run
}

// State lists the stores in use, and why a file could not be used.
func (c *Cache) State() (states []CacheState, notes []string) {
	for _, s := range c.all() {
		states = append(states, CacheState{s.what, s.Where(), s.n, s.Found(), s.Kept()})
		if err := s.Err(); err != nil {
			notes = append(notes, "decoded cache: "+err.Error())
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return states, append(notes, c.notes...)
}

// hold counts open epochs.
func (c *Cache) hold(n int32) {
	if c != nil {
		c.epochs.Add(n)
	}
}

func (c *Cache) all() (list []*kept) {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.stores {
		list = append(list, s)
	}
	return list
}

// Close gives the memory back and makes files durable. While an Epoch is open it
// does nothing: its workers may be reading.
func (c *Cache) Close() error {
	if c.epochs.Load() > 0 {
		return nil
	}
	var errs []error
	for _, s := range c.all() {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// store returns the store of set's pixels named what, made by rule, for the
// samples at; nil if nothing can be kept. size gives the bytes of each sample.
func (c *Cache) store(set *Set, what, rule string, at []int, size func(i int) int) *decoded.Store {
	if c == nil || c.o.Memory <= 0 && c.o.Dir == "" {
		return nil
	}
	key := cacheKey(set, rule)
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.stores[key]; ok {
		return s.Store
	}
	o := decoded.Options{Key: key, Sizes: make([]int, len(set.Samples)), RAM: c.ram, Dir: c.o.Dir, Disk: c.o.Disk}
	for i := range o.Sizes {
		o.Sizes[i] = size(i)
	}
	for _, i := range at {
		o.Need += int64(o.Sizes[i])
	}
	s, err := decoded.Open(o)
	if err != nil {
		c.notes = append(c.notes, "decoded cache stays in memory: "+err.Error())
	}
	c.stores[key] = &kept{s, what, len(o.Sizes)}
	return s
}

// cacheKey is SHA-256 over the length-prefixed parts that decoded pixels depend on.
func cacheKey(set *Set, rule string) decoded.Key {
	data := set.dataRoot()
	var b []byte
	for _, part := range []string{"decoded 1", string(data[:]), jpeg.Decoder(), runtime.Version(), rule} {
		b = text(b, part)
	}
	return sha256.Sum256(b)
}

// pictureRule names what CacheOptions.Side does to pictures.
func (c *Cache) pictureRule(decode string) string {
	if c.o.Side == WholePictures {
		return "whole pictures"
	}
	if decode == "" {
		decode = DecodeExact
	}
	return fmt.Sprintf("pictures %d %s, decode %s", c.o.Side, c.o.Filter, decode)
}
