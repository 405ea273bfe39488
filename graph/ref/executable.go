package ref

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// executable interprets a program node by node.
type executable struct {
	b       *backend
	p       *graph.Program
	o       graph.CompileOptions
	plan    graph.Plan
	drop    [][]*graph.Value        // values not needed behind each node
	content map[*graph.Value]*array // what is held now
	half    graph.Half              // rounded to bfloat16; nil unless that is the precision
	closed  bool
}

func newExecutable(b *backend, p *graph.Program, o graph.CompileOptions) (*executable, error) {
	e := &executable{b: b, p: p, o: o, drop: lastUse(p), content: map[*graph.Value]*array{}}
	e.plan = newPlan(p, e.drop)
	if o.Precision == graph.BFloat16 {
		e.half = graph.HalfValues(p)
	}
	for _, v := range append(slices.Clone(p.Consts), p.States...) {
		t, err := graph.Load(v.Data)
		if err == nil {
			e.content[v], err = load(t)
		}
		if err != nil {
			return nil, fmt.Errorf("%v: %w", v, err)
		}
	}
	for _, v := range p.Inputs {
		e.content[v] = newArray(v.Type)
	}
	b.live.Add(e.plan.Bytes())
	return e, nil
}

// Step implements graph.Executable: all nodes, then the updates of the state.
func (e *executable) Step(ctx context.Context) error {
	if e.closed {
		return fmt.Errorf("%w: step of a closed program", fault.ErrInternal)
	}
	for i, n := range e.p.Nodes {
		if err := ctx.Err(); err != nil {
			return err
		}
		begin := time.Now()
		if err := e.node(n); err != nil {
			return fmt.Errorf("%v: %w", n, err)
		}
		for _, v := range e.drop[i] {
			delete(e.content, v)
		}
		if e.o.Profile {
			e.plan.Steps[i].Seconds += time.Since(begin).Seconds()
		}
	}
	e.update()
	return nil
}

func (e *executable) node(n *graph.Node) error {
	in, types := make([]*array, len(n.In)), make([]graph.Type, len(n.Out))
	for i, v := range n.In {
		if v != nil {
			in[i] = e.content[v]
			if e.half.Reads(n, i) && v.DType == graph.Float32 {
				in[i] = in[i].halved()
			}
		}
	}
	for i, v := range n.Out {
		types[i] = v.Type
	}
	out, err := apply(n.Op, in, types, e.o.Precision)
	for i, a := range out {
		if e.half[n.Out[i]] {
			a = a.halved()
		}
		e.content[n.Out[i]] = a
	}
	return err
}

// update stores new state. Contents are never written to, so they may be shared;
// all are read before any is replaced.
func (e *executable) update() {
	next := make([]*array, len(e.p.Updates))
	for i, u := range e.p.Updates {
		next[i] = e.content[u.New]
	}
	for i, u := range e.p.Updates {
		e.content[u.State] = next[i]
	}
}

// Bind implements graph.Executable.
func (e *executable) Bind(name string, t *graph.Tensor) error {
	v := e.p.Value(name)
	if e.closed || v == nil || v.Kind != graph.Input && v.Kind != graph.State {
		return fmt.Errorf("%w: bind %q", graph.ErrNoState, name)
	}
	if err := e.fits(v, t.DType); err != nil || !t.Shape.Equal(v.Shape) {
		return fmt.Errorf("%w: bind %v to %v", fault.ErrShape, t.Type(), v)
	}
	a, err := load(t)
	if err != nil {
		return err
	}
	a.DType = v.DType
	a.round(e.o.Precision)
	e.content[v] = a
	return nil
}

// fits reports whether a tensor of type d may stand for v.
func (e *executable) fits(v *graph.Value, d graph.DType) error {
	wide := e.o.Precision == graph.Float64 && v.DType == graph.Float32 && d == graph.Float64
	if d != v.DType && !wide {
		return fmt.Errorf("%w: %v for %v", fault.ErrShape, d, v)
	}
	return nil
}

// Read implements graph.Executable. In precision Float64, t.DType chooses
// between Float32 and Float64.
func (e *executable) Read(name string, t *graph.Tensor) error {
	v := e.p.Value(name)
	if e.closed || v == nil || v.Kind != graph.State && !slices.Contains(e.p.Outputs, v) {
		return fmt.Errorf("%w: read %q", graph.ErrNoState, name)
	}
	a := e.content[v]
	if a == nil {
		return fmt.Errorf("%w: read %q before the first step", graph.ErrNoState, name)
	}
	d := v.DType
	if e.fits(v, t.DType) == nil {
		d = t.DType
	}
	if n := len(t.F32) + len(t.F64) + len(t.I64) + len(t.U8); t.DType != d || n != a.Shape.Len() || n == 0 {
		*t = *graph.NewTensor(d, v.Shape...)
	}
	t.Shape = v.Shape.Clone()
	a.store(t)
	return nil
}

// Plan implements graph.Executable.
func (e *executable) Plan() graph.Plan {
	p := e.plan
	p.Steps = slices.Clone(p.Steps)
	return p
}

// Close implements graph.Executable. A second call does nothing.
func (e *executable) Close() error {
	if !e.closed {
		e.closed, e.content = true, nil
		e.b.live.Add(-e.plan.Bytes())
	}
	return nil
}
