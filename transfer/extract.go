package transfer

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// features are the outputs of the frozen body: one row per sample of a list.
type features struct {
	dim  int
	rows []float32   // [len(at) dim]
	at   map[int]int // sample index -> row
	bad  map[int]bool
}

func (f *features) row(sample int) []float32 {
	k := f.at[sample] * f.dim
	return f.rows[k : k+f.dim]
}

// extractor runs the frozen body in inference form, batch by batch.
type extractor struct {
	exec graph.Executable
	out  string
	dim  int
	sink Sink
	name string // of the phase, for the bar
	done int
	all  int
	t0   time.Time
}

// newExtractor compiles body (whose only output is [N D]).
func newExtractor(b graph.Backend, body *graph.Graph, sink Sink) (*extractor, error) {
	p, err := graph.BuildInfer(body, nil, body.Outputs...)
	if err != nil {
		return nil, err
	}
	x, err := b.Compile(p, graph.CompileOptions{})
	if err != nil {
		return nil, err
	}
	out := p.Outputs[0]
	return &extractor{exec: x, out: out.Name, dim: out.Shape[1], sink: sink, t0: time.Now()}, nil
}

// run fills rows with the features of one pass of feed over the samples of at.
func (x *extractor) run(ctx context.Context, feed feeder, epoch int, at []int) (*features, error) {
	f := &features{dim: x.dim, rows: make([]float32, len(at)*x.dim), at: map[int]int{}, bad: map[int]bool{}}
	for k, i := range at {
		f.at[i] = k
	}
	st, err := feed.start(ctx, epoch, 0)
	if err != nil {
		return nil, err
	}
	defer st.close()
	var y graph.Tensor
	for {
		b, err := st.next(ctx)
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err == nil {
			err = x.batch(ctx, b, &y)
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			return nil, err
		}
		x.keep(f, b, &y)
	}
}

func (x *extractor) batch(ctx context.Context, b *fed, y *graph.Tensor) error {
	for name, t := range b.input {
		if err := x.exec.Bind(name, t); err != nil {
			return err
		}
	}
	if err := x.exec.Step(ctx); err != nil {
		return err
	}
	return x.exec.Read(x.out, y)
}

func (x *extractor) keep(f *features, b *fed, y *graph.Tensor) {
	for r, i := range b.real {
		if i < 0 {
			continue
		}
		copy(f.row(i), y.F32[r*x.dim:(r+1)*x.dim])
		f.bad[i] = b.weight[r] == 0
		x.done++
	}
	x.sink(Progress{Phase: x.name, Done: x.done, Total: x.all, ImgPerSec: rateOf(x.done, time.Since(x.t0))})
}
