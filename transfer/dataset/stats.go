package dataset

import (
	"sync/atomic"
	"time"
)

// Stats is what a Loader has done since it was made.
type Stats struct {
	Decode time.Duration // reading and decoding files, summed over workers
	View   time.Duration // resizing and augmenting, summed over workers
	Wait   time.Duration // the caller's time in Next: data-wait

	Decoded int64 // pictures read and decoded
	Scaled  int64 // of these, at 1/2, 1/4 or 1/8
	Cached  int64 // rows made from a cache
}

// counters are the live form of Stats; workers add to them at once.
type counters struct {
	decode, view, wait      atomic.Int64 // ns
	decoded, scaled, cached atomic.Int64
}

// Stats returns the counts so far; it may be called at any time.
func (l *Loader) Stats() Stats {
	c := &l.count
	return Stats{
		Decode: time.Duration(c.decode.Load()), View: time.Duration(c.view.Load()), Wait: time.Duration(c.wait.Load()),
		Decoded: c.decoded.Load(), Scaled: c.scaled.Load(), Cached: c.cached.Load(),
	}
}

// Add sums the stats of several loaders.
func (s Stats) Add(o Stats) Stats {
	return Stats{s.Decode + o.Decode, s.View + o.View, s.Wait + o.Wait, s.Decoded + o.Decoded, s.Scaled + o.Scaled, s.Cached + o.Cached}
}

// since adds the time from t0 to a counter.
func since(c *atomic.Int64, t0 time.Time) { c.Add(int64(time.Since(t0))) }
