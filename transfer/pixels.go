package transfer

import (
	"context"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
)

// pixelFeed feeds a network with normalised pictures.
type pixelFeed struct {
	set    *dataset.Set
	loader *dataset.Loader
	norm   *dataset.Normalizer
	input  string
	buf    *graph.Tensor // [N 3 H W]

	skipped func([]dataset.Skip) // told at the end of a pass; may be nil
	decoded func(time.Duration)  // the same, with the time workers spent reading and decoding in it
	told    time.Duration        // of the passes before
}

func newPixelFeed(set *dataset.Set, pre dataset.Preprocess, input *graph.Value, o dataset.LoaderOptions) (*pixelFeed, error) {
	l, err := dataset.NewLoader(set, o)
	if err != nil {
		return nil, err
	}
	return &pixelFeed{set: set, loader: l, norm: pre.Normalizer(), input: input.Name, buf: graph.NewTensor(graph.Float32, input.Shape...)}, nil
}

func (f *pixelFeed) steps() int { return f.loader.Batches() }

func (f *pixelFeed) start(ctx context.Context, epoch, from int) (stream, error) {
	e, err := f.loader.EpochFrom(ctx, uint32(epoch), from)
	if err != nil {
		return nil, err
	}
	return &pixelStream{f, e}, nil
}

type pixelStream struct {
	f *pixelFeed
	e *dataset.Epoch
}

func (s *pixelStream) wait() time.Duration { return s.e.Wait() }

func (s *pixelStream) close() {
	s.e.Close()
	if s.f.skipped != nil {
		s.f.skipped(s.f.loader.Skipped())
	}
	if s.f.decoded != nil {
		d := s.f.loader.Stats().Decode
		s.f.decoded(d - s.f.told)
		s.f.told = d
	}
}

func (s *pixelStream) next(ctx context.Context) (*fed, error) {
	b, err := s.e.Next(ctx)
	if err != nil {
		return nil, err
	}
	s.f.norm.NCHW(s.f.buf.F32, b.Pixels, b.N, b.H, b.W)
	return &fed{
		input: map[string]*graph.Tensor{s.f.input: s.f.buf},
		real:  b.Index, index: padded(b.Index), labels: b.Label, weight: b.Weight,
		files: func() []string { return sampleNames(s.f.set, b.Index) },
	}, nil
}

// sampleNames are the paths of the samples of a batch, padding left out.
func sampleNames(set *dataset.Set, index []int) []string {
	var names []string
	for _, i := range index {
		if i >= 0 {
			names = append(names, set.Samples[i].Path)
		}
	}
	return names
}

// padded gives padding rows (index -1) a valid sample number; their weight is 0.
func padded(index []int) []int {
	out := make([]int, len(index))
	for k, i := range index {
		out[k] = max(i, 0)
	}
	return out
}
