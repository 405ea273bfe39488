package transfer

import (
	"context"
	"io"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
)

// vectorFeed feeds a classifier with cached features. In epoch e sample i shows
// view viewOf(e, i).
type vectorFeed struct {
	set    *dataset.Set
	at     []int // samples
	views  []*features
	viewOf func(epoch uint32, index int) uint32
	batch  int
	seed   uint64
}

func (f *vectorFeed) steps() int { return (len(f.at) + f.batch - 1) / f.batch }

func (f *vectorFeed) start(_ context.Context, epoch, from int) (stream, error) {
	order := dataset.Order(f.at, f.seed, uint32(epoch))
	dim := f.views[0].dim
	return &vectorStream{f: f, epoch: epoch, order: order[min(from*f.batch, len(order)):],
		buf: graph.NewTensor(graph.Float32, f.batch, dim)}, nil
}

type vectorStream struct {
	f     *vectorFeed
	epoch int
	order []int
	buf   *graph.Tensor
}

func (s *vectorStream) wait() time.Duration { return 0 }
func (s *vectorStream) close()              {}

func (s *vectorStream) next(context.Context) (*fed, error) {
	if len(s.order) == 0 {
		return nil, io.EOF
	}
	n, dim := min(s.f.batch, len(s.order)), s.f.views[0].dim
	b := &fed{input: map[string]*graph.Tensor{featuresName: s.buf}, real: make([]int, s.f.batch),
		labels: make([]int, s.f.batch), weight: make([]float32, s.f.batch)}
	clear(s.buf.F32)
	for r := range b.real {
		b.real[r] = -1
		if r >= n {
			continue
		}
		i := s.order[r]
		view := s.f.views[s.f.viewOf(uint32(s.epoch), i)]
		copy(s.buf.F32[r*dim:], view.row(i))
		b.real[r], b.labels[r] = i, s.f.set.Samples[i].Label
		if !view.bad[i] {
			b.weight[r] = s.f.set.Samples[i].Weight
		}
	}
	b.index = padded(b.real)
	real := b.real
	b.files = func() []string { return sampleNames(s.f.set, real) }
	s.order = s.order[n:]
	return b, nil
}
