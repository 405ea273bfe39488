package transfer

import (
	"context"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// prefix runs the frozen part of a network in inference form, batch by batch. It is
// compiled when it is first needed.
type prefix struct {
	*cut
	backend graph.Backend
	planned func(graph.Executable)
	exec    graph.Executable
	outs    []string
	y       []graph.Tensor // results of the last step
	sets    []*records     // that it fills

	spent    time.Duration // in the engine
	pictures int
}

// compile makes the executable, once.
func (p *prefix) compile() error {
	if p.exec != nil {
		return nil
	}
	prog, err := graph.BuildInfer(p.prefix, nil, p.prefix.Outputs...)
	if err != nil {
		return err
	}
	x, err := p.backend.Compile(prog, graph.CompileOptions{})
	if err != nil {
		return err
	}
	p.exec, p.outs, p.y = x, nil, make([]graph.Tensor, len(prog.Outputs))
	for _, v := range prog.Outputs {
		p.outs = append(p.outs, v.Name)
	}
	p.planned(x)
	return nil
}

// step computes the crossing tensors of a batch into p.y.
func (p *prefix) step(ctx context.Context, b *fed) error {
	if err := p.compile(); err != nil {
		return err
	}
	t0 := time.Now()
	for name, t := range b.input {
		if err := p.exec.Bind(name, t); err != nil {
			return err
		}
	}
	if err := p.exec.Step(ctx); err != nil {
		return err
	}
	for i, name := range p.outs {
		if err := p.exec.Read(name, &p.y[i]); err != nil {
			return err
		}
	}
	p.spent += time.Since(t0)
	p.pictures += len(b.real)
	return nil
}

// record copies the crossing tensors of row r to dst, of length floats.
func (p *prefix) record(dst []float32, r int) {
	for i, s := range p.rows {
		n := s.Len()
		copy(dst[:n], p.y[i].F32[r*n:])
		dst = dst[n:]
	}
}

// tensors makes the live part's inputs for a batch of n.
func (p *prefix) tensors(n int) []*graph.Tensor {
	var t []*graph.Tensor
	for _, s := range p.rows {
		t = append(t, graph.NewTensor(graph.Float32, append([]int{n}, s...)...))
	}
	return t
}

// split copies a record to row r of tensors.
func (p *prefix) split(t []*graph.Tensor, r int, record []float32) {
	for i, s := range p.rows {
		n := s.Len()
		copy(t[i].F32[r*n:(r+1)*n], record)
		record = record[n:]
	}
}

// inputs names tensors as the live part does.
func (p *prefix) inputs(t []*graph.Tensor) map[string]*graph.Tensor {
	in := map[string]*graph.Tensor{}
	for i, name := range p.names {
		in[name] = t[i]
	}
	return in
}

// close frees the executable; the next step compiles it again.
func (p *prefix) close() {
	if p.exec != nil {
		p.exec.Close()
		p.exec = nil
	}
}
