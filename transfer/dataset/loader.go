package dataset

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/decoded"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/jpeg"
)

// LoaderOptions say what a Loader delivers.
type LoaderOptions struct {
	Indices []int // samples, each at most once
	View    View
	Batch   int // rows of a batch

	Shuffle  bool // order of SCHEMES §7 by Seed and epoch; else as in Indices
	Seed     uint64
	Order    Ordering // of an epoch that is shuffled; nil: Order
	DropLast bool     // drop a short last batch; else it is padded with weight 0

	// ViewOf gives the view number of a sample; nil: the epoch itself.
	ViewOf func(epoch uint32, index int) uint32

	// Decode says how pictures of random views are decoded: DecodeExact (default),
	// DecodeAuto or DecodeScaled. Fixed views and WholePictures are exact.
	Decode string

	IgnoreEXIF bool
	Workers    int // default: number of CPUs; never changes a result
	Prefetch   int // finished batches ahead, default 2
	Cache      *Cache
}

// Batch is N rows of pixels. Rows beyond Real are padding: index -1, weight 0,
// pixels 0. A picture that can no longer be read keeps its index and has
// weight 0 and pixels 0.
type Batch struct {
	Pixels []byte // [N H W 3]
	N      int    // rows, padding included
	Real   int    // rows without padding
	H, W   int
	Index  []int     // sample in the Set
	Label  []int     // class, -1 in unlabelled sets
	Weight []float32 // of the row in the loss

	pending atomic.Int32  // rows still to fill
	done    chan struct{} // closed when none is
}

func (l *Loader) order() Ordering {
	if l.o.Order == nil {
		return Order
	}
	return l.o.Order
}

// Loader makes batches of a Set. It starts goroutines only within an Epoch.
type Loader struct {
	set  *Set
	o    LoaderOptions
	ring []*Batch
	work []*worker
	mem  *semaphore.Weighted

	views    *decoded.Store // rows of a fixed view; may be nil
	pictures *decoded.Store // what random views are cut from; may be nil
	side     int            // of these pictures; 0 = random views are cut from files

	count counters

	mu   sync.Mutex
	busy bool
	bad  map[int]string // unreadable samples and why
}

// decodeMemory bounds the bytes of pictures being decoded at one time.
const decodeMemory = 1 << 30

// NewLoader checks o and allocates the ring. Error: ErrUsage.
func NewLoader(set *Set, o LoaderOptions) (*Loader, error) {
	if o.Batch <= 0 || o.View == nil || len(o.Indices) == 0 {
		return nil, fmt.Errorf("%w: loader of %d samples in batches of %d", fault.ErrUsage, len(o.Indices), o.Batch)
	}
	for _, i := range o.Indices {
		if i < 0 || i >= len(set.Samples) {
			return nil, fmt.Errorf("%w: sample %d of %d", fault.ErrUsage, i, len(set.Samples))
		}
	}
	if err := checkDecode(o.Decode); err != nil {
		return nil, err
	}
	if o.Workers <= 0 {
		o.Workers = min(runtime.GOMAXPROCS(0), 16)
	}
	if o.Prefetch <= 0 {
		o.Prefetch = 2
	}
	l := &Loader{set: set, o: o, mem: semaphore.NewWeighted(decodeMemory), bad: map[int]string{}}
	h, w := o.View.Size()
	for range min(o.Prefetch+2, l.Batches()) {
		l.ring = append(l.ring, &Batch{Pixels: make([]byte, 3*o.Batch*h*w), N: o.Batch, H: h, W: w,
			Index: make([]int, o.Batch), Label: make([]int, o.Batch), Weight: make([]float32, o.Batch)})
	}
	for range o.Workers {
		l.work = append(l.work, &worker{l: l})
	}
	l.openCache()
	return l, nil
}

// openCache opens the store of the Cache that fits the view.
func (l *Loader) openCache() {
	c, exif := l.o.Cache, "exif apply"
	if c == nil {
		return
	}
	if l.ignoreEXIF() {
		exif = "exif ignore"
	}
	if l.o.View.Fixed() {
		h, w := l.o.View.Size()
		l.views = c.store(l.set, "views", exif+" view "+l.o.View.Key(), l.o.Indices, func(int) int { return 3 * h * w })
		return
	}
	if l.side = c.o.Side; l.side > 0 {
		l.pictures = c.store(l.set, "pictures", exif+" "+c.pictureRule(l.o.Decode), l.o.Indices, func(i int) int {
			w, h := l.keptSize(i)
			return 3 * w * h
		})
	}
}

func (l *Loader) ignoreEXIF() bool { return l.o.IgnoreEXIF || l.set.options.Picture.IgnoreEXIF }

// Source names all that the pixels of a batch depend on beside the files and the
// view: decoders, EXIF rule, scaling. It belongs into the keys of caches of
// anything computed from batches.
func (l *Loader) Source() string {
	s := fmt.Sprintf("%s; %s; ignore exif %t", jpeg.Decoder(), runtime.Version(), l.ignoreEXIF())
	switch {
	case l.o.View.Fixed() || l.side == WholePictures:
	case l.side > 0:
		s += "; " + l.o.Cache.pictureRule(l.o.Decode)
	case l.o.Decode != "" && l.o.Decode != DecodeExact:
		s += "; decode " + l.o.Decode
	}
	return s
}

// Batches is the number of batches of an epoch.
func (l *Loader) Batches() int {
	n := len(l.o.Indices) / l.o.Batch
	if !l.o.DropLast && len(l.o.Indices)%l.o.Batch != 0 {
		n++
	}
	return n
}

// Skipped lists the pictures that passed the scan and could not be decoded, in
// sample order.
func (l *Loader) Skipped() []Skip {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Skip
	for i := range l.set.Samples {
		if why, ok := l.bad[i]; ok {
			x := l.set.Samples[i]
			out = append(out, Skip{Path: x.Path, Reason: why})
		}
	}
	return out
}

// spoiled notes that sample i cannot be used; the error says when the corrupt
// policy is exceeded.
func (l *Loader) spoiled(i int, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.bad[i]; known {
		return nil
	}
	l.bad[i] = reasonText(err)
	o := l.set.options
	limit := o.MaxBad
	if limit == 0 {
		limit = 0.05
	}
	n, all := len(l.bad)+len(l.set.Skipped), len(l.set.Samples)+len(l.set.Skipped)
	if !o.Strict && float64(n) <= limit*float64(all) {
		return nil
	}
	why := fmt.Sprintf("%d of %d pictures cannot be used; at most %.3g %% may", n, all, 100*limit)
	return fault.New(fault.ErrCorrupt, "too many bad pictures", l.set.Samples[i].Path+": "+l.bad[i], why,
		"repair or remove them, or raise --max-bad")
}

func (l *Loader) isBad(i int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, bad := l.bad[i]
	return bad
}
