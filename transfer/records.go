package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/gotl-gpu/gotl-gpu/transfer/cache"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
)

// viewSet says which pictures a phase sees: in epoch e sample i shows view number
// viewOf(e, i).
type viewSet struct {
	view   dataset.View
	viewOf func(epoch uint32, index int) uint32 // nil: the epoch itself
	count  int                                  // distinct views; 0: one per epoch
}

// fixedView shows the same pictures in every epoch.
func fixedView(v dataset.View) viewSet {
	return viewSet{v, func(uint32, int) uint32 { return 0 }, 1}
}

// records are what a prefix computes for the pictures of a view set, held in stores
// by view number, or computed anew in every epoch (level none). Both give the same
// numbers.
type records struct {
	j *job
	p *prefix
	viewSet
	what   string
	at     []int // samples
	passes int   // epochs that differ
	level  cache.Level
	reason string // why nothing is held
	lack   int    // records missing at the start
	keys   []cache.Key
	stores []*cache.Store

	mu  sync.Mutex
	bad map[pair]bool // pictures that could not be decoded

	full   bool       // every record is held
	feed   *pixelFeed // of the last pictures computed
	feedAt []int

	done, all int // pictures computed and to compute, for the bar
	t0        time.Time
}

// pair is one picture as one view shows it.
type pair struct {
	sample int
	view   uint32
}

// openRecords opens the stores of a view set for passes over the samples of at. A
// reason keeps them shut, unless a former run left records for all views.
func (j *job) openRecords(p *prefix, what string, vs viewSet, at []int, passes int, reason string) (*records, error) {
	r := &records{j: j, p: p, viewSet: vs, what: what, at: at, passes: max(1, min(passes, vs.count)), level: cache.None, bad: map[pair]bool{}}
	p.sets = append(p.sets, r)
	switch {
	case vs.count == 0:
		r.reason = "augmentation is free"
		return r, nil
	case !j.caching(what):
		r.reason = "--cache " + j.set.Cache
		return r, nil
	}
	parts, err := j.cacheParts(p.cut)
	if err != nil {
		return nil, err
	}
	known := true
	for k := range vs.count {
		r.keys = append(r.keys, viewKey(parts, vs.view, k))
		known = known && j.pool.Known(r.keys[k])
	}
	if r.reason = reason; reason == "" || known {
		r.open()
	}
	if r.held() {
		for e := range r.passes {
			r.lack += len(r.missing(e, at))
		}
		r.all = r.lack
	}
	return r, nil
}

// bytes is what the records of all passes take.
func (r *records) bytes() int64 { return 4 * int64(len(r.at)*r.passes) * int64(r.p.floats()) }

// open opens a store per view where there is room.
func (r *records) open() {
	bytes := r.bytes()
	if r.level = r.j.pool.Choose(bytes); r.level == cache.None {
		r.reason = fmt.Sprintf("no room for %d MB", megabytes(bytes))
		return
	}
	s := cache.Spec{Records: len(r.j.data.Samples), Floats: r.p.floats(), Used: (len(r.at)*r.passes + r.count - 1) / r.count, Keep: bytes <= keepBytes}
	for _, k := range r.keys {
		st := r.j.pool.Open(k, r.level, s)
		r.stores = append(r.stores, st)
		if st.Level() == cache.None { // it found no room after all
			r.close()
			r.level, r.reason = cache.None, st.Note()
			return
		}
	}
}

func megabytes(n int64) int64 { return (n + 999_999) / 1_000_000 }

// held reports whether records are kept.
func (r *records) held() bool { return r.level != cache.None }

func (r *records) close() {
	for _, st := range r.stores {
		st.Close()
	}
	r.stores, r.feed = nil, nil
}

// tag is the key of one picture's record in its view.
func (r *records) tag(q pair) cache.Key {
	draw := uint64(0)
	if !r.view.Fixed() {
		draw = uint64(q.sample)
	}
	return r.keys[q.view].Record(r.j.data.Samples[q.sample].SHA256, draw)
}

func (r *records) has(q pair) bool { return r.stores[q.view].Has(q.sample, r.tag(q)) }

func (r *records) get(q pair, dst []float32) bool {
	return r.stores[q.view].Get(q.sample, r.tag(q), dst)
}

// in is the pair that sample shows in an epoch.
func (r *records) in(epoch, sample int) pair { return pair{sample, r.viewOf(uint32(epoch), sample)} }

// missing lists the samples whose record of an epoch is not held.
func (r *records) missing(epoch int, at []int) []int {
	var out []int
	for _, i := range at {
		if !r.has(r.in(epoch, i)) {
			out = append(out, i)
		}
	}
	return out
}

// fill computes and stores what an epoch lacks and tells how long it waited for
// pictures.
func (r *records) fill(ctx context.Context, epoch int, at []int) (waited time.Duration, err error) {
	defer r.rest(epoch)
	at = r.missing(epoch, at)
	if len(at) == 0 {
		return 0, nil
	}
	defer r.j.timed("prefix_pass", time.Now())
	r.j.passed += len(at)
	row := make([]float32, r.p.floats())
	waited, err = r.compute(ctx, epoch, at, func(i, slot int, bad bool) {
		r.p.record(row, slot)
		r.put(r.in(epoch, i), row, bad)
		r.done++
	})
	if r.level == cache.Disk {
		r.stores[0].Flush()
	}
	return waited, err
}

// rest gives back what filling needed, behind the last epoch that fills. The prefix
// goes with the last of its record sets, and comes back if a record is damaged.
func (r *records) rest(epoch int) {
	if epoch+1 < r.passes {
		return
	}
	r.full, r.feed = true, nil
	for _, s := range r.p.sets {
		if !s.full {
			return
		}
	}
	r.p.close()
}

func (r *records) put(q pair, row []float32, bad bool) {
	if bad {
		r.mu.Lock()
		r.bad[q] = true
		r.mu.Unlock()
	}
	r.stores[q.view].Put(q.sample, r.tag(q), row, bad)
}

// isBad reports whether the picture could not be decoded.
func (r *records) isBad(q pair) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bad[q]
}

// compute runs the prefix over samples as an epoch shows them and calls take for
// each, whose record stands in a row of the prefix's results. The next pictures are
// decoded while the engine works.
func (r *records) compute(ctx context.Context, epoch int, at []int, take func(sample, slot int, bad bool)) (time.Duration, error) {
	feed, err := r.pictures(at)
	if err != nil {
		return 0, err
	}
	st, err := feed.start(ctx, epoch, 0)
	if err != nil {
		return 0, err
	}
	defer st.close()
	for {
		b, err := st.next(ctx)
		if errors.Is(err, io.EOF) {
			return st.wait(), nil
		}
		if err == nil {
			err = r.p.step(ctx, b)
		}
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		if err != nil {
			return 0, err
		}
		for slot, i := range b.real {
			if i >= 0 {
				take(i, slot, b.weight[slot] == 0)
			}
		}
		r.progress()
	}
}

// pictures is the feed of samples; that of the last call is used again if it fits.
func (r *records) pictures(at []int) (*pixelFeed, error) {
	if r.feed != nil && slices.Equal(r.feedAt, at) {
		return r.feed, nil
	}
	var err error
	r.feed, err = r.j.pixels(r.p.prefix, at, r.viewSet, false)
	r.feedAt = at
	return r.feed, err
}

func (r *records) progress() {
	if r.t0.IsZero() {
		r.t0 = time.Now()
	}
	r.j.sink(Progress{Phase: r.what, Done: r.done, Total: max(r.all, r.done), ImgPerSec: rateOf(r.done, time.Since(r.t0))})
}
