package dataset

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Epoch is one pass over a Loader's samples. Next is called from one goroutine.
type Epoch struct {
	l      *Loader
	ctx    context.Context
	cancel context.CancelCauseFunc
	number uint32
	from   int // first batch

	free    chan *Batch // buffers to fill
	ordered chan *Batch // buffers in delivery order, filled or being filled
	tickets chan ticket
	wg      sync.WaitGroup

	out    *Batch // with the caller
	wait   time.Duration
	closed bool
}

// ticket is one row to fill.
type ticket struct {
	b    *Batch
	slot int
}

// Epoch starts a pass. The caller closes it; one pass of a Loader at a time.
// Error: ErrInternal if another is open.
func (l *Loader) Epoch(ctx context.Context, number uint32) (*Epoch, error) {
	return l.EpochFrom(ctx, number, 0)
}

// EpochFrom is Epoch without its first batches, for a run that is resumed within.
func (l *Loader) EpochFrom(ctx context.Context, number uint32, from int) (*Epoch, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy {
		return nil, fmt.Errorf("%w: loader: an epoch is open already", fault.ErrInternal)
	}
	l.busy = true
	l.o.Cache.hold(1)
	e := &Epoch{l: l, number: number, from: from, free: make(chan *Batch, len(l.ring)),
		ordered: make(chan *Batch, len(l.ring)), tickets: make(chan ticket)}
	e.ctx, e.cancel = context.WithCancelCause(ctx)
	for _, b := range l.ring {
		e.free <- b
	}
	e.wg.Go(e.sample)
	for _, w := range l.work {
		e.wg.Go(func() { e.decode(w) })
	}
	return e, nil
}

// sample takes free buffers and hands out their rows.
func (e *Epoch) sample() {
	defer close(e.ordered)
	defer close(e.tickets)
	order := e.l.o.Indices
	if e.l.o.Shuffle {
		order = e.l.order()(order, e.l.o.Seed, e.number)
	}
	order = order[min(e.from*e.l.o.Batch, len(order)):]
	for range e.l.Batches() - e.from {
		var b *Batch
		select {
		case b = <-e.free:
		case <-e.ctx.Done():
			return
		}
		n := min(e.l.o.Batch, len(order))
		e.l.open(b, order[:n])
		order = order[n:]
		e.ordered <- b // never blocks: as long as the ring
		for slot := range n {
			select {
			case e.tickets <- ticket{b, slot}:
			case <-e.ctx.Done():
				return
			}
		}
	}
}

// open prepares b for the samples of at; rows beyond them are padding.
func (l *Loader) open(b *Batch, at []int) {
	b.Real = len(at)
	b.done = make(chan struct{})
	b.pending.Store(int32(len(at)))
	for i := range b.N {
		b.Index[i], b.Label[i], b.Weight[i] = -1, 0, 0
		if i < len(at) {
			x := &l.set.Samples[at[i]]
			b.Index[i], b.Label[i], b.Weight[i] = at[i], x.Label, x.Weight
		}
	}
	clear(b.Pixels[3*b.Real*b.H*b.W:])
}

// decode works on tickets until there are none.
func (e *Epoch) decode(w *worker) {
	for t := range e.tickets {
		if e.ctx.Err() != nil {
			return
		}
		if err := w.fill(t.b, t.slot, e.number); err != nil {
			e.cancel(err)
			return
		}
		if t.b.pending.Add(-1) == 0 {
			close(t.b.done)
		}
	}
}

// Next returns the next batch; it is valid until the next call of Next or Close.
// io.EOF ends the epoch. Other errors: the context's, or ErrCorrupt if too many
// pictures could not be decoded.
func (e *Epoch) Next(ctx context.Context) (*Batch, error) {
	if e.out != nil {
		e.free <- e.out // has room for the whole ring
		e.out = nil
	}
	t0 := time.Now()
	defer func() {
		d := time.Since(t0)
		e.wait += d
		e.l.count.wait.Add(int64(d))
	}()
	if err := e.err(ctx); err != nil {
		return nil, err
	}
	select {
	case b, ok := <-e.ordered:
		if !ok {
			if err := e.err(ctx); err != nil {
				return nil, err
			}
			return nil, io.EOF
		}
		if err := e.filled(ctx, b); err != nil {
			return nil, err
		}
		e.out = b
		return b, nil
	case <-e.ctx.Done():
	case <-ctx.Done():
	}
	return nil, e.err(ctx)
}

func (e *Epoch) filled(ctx context.Context, b *Batch) error {
	select {
	case <-b.done:
		return nil
	case <-e.ctx.Done():
	case <-ctx.Done():
	}
	return e.err(ctx)
}

func (e *Epoch) err(ctx context.Context) error {
	if err := context.Cause(e.ctx); err != nil {
		return err
	}
	return ctx.Err()
}

// Wait is the time the caller has spent in Next: data-wait.
func (e *Epoch) Wait() time.Duration { return e.wait }

// Close ends the pass early or after io.EOF and waits for all goroutines.
func (e *Epoch) Close() {
	if e.closed {
		return
	}
	e.closed = true
	e.cancel(context.Canceled)
	e.wg.Wait()
	e.l.o.Cache.hold(-1)
	e.l.mu.Lock()
	e.l.busy = false
	e.l.mu.Unlock()
}
