package transfer

import (
	"context"
	"io"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// recordFeed feeds what lies above a cut: from the records held, or from pictures
// through the prefix.
type recordFeed struct {
	*records
	batch    int
	shuffle  bool
	dropLast bool // drop a short last batch
}

func (f *recordFeed) steps() int {
	if f.dropLast {
		return len(f.at) / f.batch
	}
	return (len(f.at) + f.batch - 1) / f.batch
}

func (f *recordFeed) start(ctx context.Context, epoch, from int) (stream, error) {
	if !f.held() {
		return f.through(ctx, epoch, from)
	}
	waited, err := f.fill(ctx, epoch, f.at)
	if err != nil {
		return nil, err
	}
	order := f.at
	if f.shuffle {
		order = f.j.ordering()(order, f.j.set.Seed, uint32(epoch))
	}
	order = order[:min(len(order), f.steps()*f.batch)]
	s := &recordStream{f: f, epoch: epoch, ctx: ctx, order: order[min(from*f.batch, len(order)):], waited: waited,
		free: make(chan *recordBatch, recordRing), full: make(chan *recordBatch, recordRing), stop: make(chan struct{}), ended: make(chan struct{})}
	for range recordRing {
		s.free <- &recordBatch{rows: f.p.tensors(f.batch)}
	}
	go s.read()
	return s, nil
}

// recordRing is how many batches are read ahead of the step.
const recordRing = 3

// recordBatch is a batch being read or used.
type recordBatch struct {
	fed
	rows []*graph.Tensor
	lost []int // rows whose record is missing or damaged
}

// recordStream reads batches ahead on a goroutine; what it cannot read is computed
// by next, on the engine's thread.
type recordStream struct {
	f      *recordFeed
	epoch  int
	ctx    context.Context
	order  []int
	free   chan *recordBatch
	full   chan *recordBatch
	stop   chan struct{}
	ended  chan struct{}
	used   *recordBatch
	waited time.Duration
}

func (s *recordStream) wait() time.Duration { return s.waited }

func (s *recordStream) close() {
	close(s.stop)
	<-s.ended
}

// read fills free batches in order.
func (s *recordStream) read() {
	defer close(s.ended)
	defer close(s.full)
	row := make([]float32, s.f.p.floats())
	for order := s.order; len(order) > 0; {
		select {
		case b := <-s.free:
			n := min(s.f.batch, len(order))
			s.load(b, order[:n], row)
			order = order[n:]
			s.full <- b // has room for the whole ring
		case <-s.stop:
			return
		}
	}
}

// load copies the records of samples into b; rows beyond them are padding.
func (s *recordStream) load(b *recordBatch, at []int, row []float32) {
	n := s.f.batch
	b.fed = fed{input: s.f.p.inputs(b.rows), real: make([]int, n), labels: make([]int, n), weight: make([]float32, n)}
	b.lost = nil
	for r := range n {
		b.real[r] = -1
		if r >= len(at) {
			clear(row)
			s.f.p.split(b.rows, r, row)
			continue
		}
		i := at[r]
		q, x := s.f.in(s.epoch, i), &s.f.j.data.Samples[i]
		b.real[r], b.labels[r], b.weight[r] = i, x.Label, x.Weight
		if !s.f.get(q, row) {
			b.lost = append(b.lost, r)
			continue
		}
		s.f.p.split(b.rows, r, row)
		if s.f.isBad(q) {
			b.weight[r] = 0
		}
	}
	b.index = padded(b.real)
	set, real := s.f.j.data, b.real
	b.files = func() []string { return sampleNames(set, real) }
}

func (s *recordStream) next(ctx context.Context) (*fed, error) {
	t0 := time.Now()
	if s.used != nil {
		s.free <- s.used
		s.used = nil
	}
	select {
	case b, ok := <-s.full:
		if !ok {
			return nil, io.EOF
		}
		s.used = b
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	err := s.recover(ctx, s.used)
	s.waited += time.Since(t0)
	return &s.used.fed, err
}

// recover computes the lost rows of b again.
func (s *recordStream) recover(ctx context.Context, b *recordBatch) error {
	if len(b.lost) == 0 {
		return nil
	}
	var at []int
	row, slot := make([]float32, s.f.p.floats()), map[int]int{}
	for _, r := range b.lost {
		at = append(at, b.real[r])
		slot[b.real[r]] = r
	}
	_, err := s.f.compute(ctx, s.epoch, at, func(i, from int, bad bool) {
		s.f.p.record(row, from)
		s.f.put(s.f.in(s.epoch, i), row, bad)
		s.f.p.split(b.rows, slot[i], row)
		if bad {
			b.weight[slot[i]] = 0
		}
	})
	return err
}

// through starts an epoch that nothing is held of.
func (f *recordFeed) through(ctx context.Context, epoch, from int) (stream, error) {
	feed, err := f.j.pixels(f.p.prefix, f.at, f.viewSet, f.shuffle)
	if err != nil {
		return nil, err
	}
	st, err := feed.start(ctx, epoch, from)
	if err != nil {
		return nil, err
	}
	return &throughStream{st, f.p}, nil
}

// throughStream computes the crossing tensors of each batch as it comes.
type throughStream struct {
	stream
	p *prefix
}

func (s *throughStream) next(ctx context.Context) (*fed, error) {
	b, err := s.stream.next(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.p.step(ctx, b); err != nil {
		return nil, err
	}
	out := *b
	out.input = map[string]*graph.Tensor{}
	for i, name := range s.p.names {
		out.input[name] = &s.p.y[i]
	}
	return &out, nil
}
