package dataset

import (
	"sync"

	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/picture"
)

// Cache keeps decoded pictures and fixed views of one Set in memory, first come,
// first kept, up to a number of bytes. Batches have the same bytes with and
// without it. It may serve several loaders at once.
type Cache struct {
	mu     sync.RWMutex
	budget int64
	used   int64
	crops  map[cropKey][]byte
	full   map[fullKey]picture.RGB
}

type cropKey struct {
	view       string
	ignoreEXIF bool
	index      int
}

type fullKey struct {
	ignoreEXIF bool
	index      int
}

// NewCache returns a cache that keeps at most budget bytes of pixels.
func NewCache(budget int64) *Cache {
	return &Cache{budget: budget, crops: map[cropKey][]byte{}, full: map[fullKey]picture.RGB{}}
}

// Bytes returns the bytes of pixels kept.
func (c *Cache) Bytes() int64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.used
}

// crop copies a kept view to dst.
func (c *Cache) crop(dst []byte, k cropKey) bool {
	if c == nil {
		return false
	}
	c.mu.RLock()
	b, ok := c.crops[k]
	c.mu.RUnlock()
	copy(dst, b)
	return ok
}

func (c *Cache) picture(k fullKey) (picture.RGB, bool) {
	if c == nil {
		return picture.RGB{}, false
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	p, ok := c.full[k]
	return p, ok
}

func (c *Cache) keepCrop(b []byte, k cropKey) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.crops[k]; !ok && c.room(len(b)) {
		c.crops[k] = append([]byte(nil), b...)
	}
}

func (c *Cache) keepPicture(p picture.RGB, k fullKey) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.full[k]; !ok && c.room(len(p.Pix)) {
		p.Pix = append([]byte(nil), p.Pix...) // the buffer goes on to the next picture
		c.full[k] = p
	}
}

func (c *Cache) room(n int) bool {
	if c.used+int64(n) > c.budget {
		return false
	}
	c.used += int64(n)
	return true
}
