package dnnl

import (
	"context"
	"fmt"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// executable is a compiled program. It belongs to the OS thread that compiled it.
type executable struct {
	p       *graph.Program
	e       *Engine
	run     *scope // primitives and memories
	list    *steps
	arenas  [inState + 1]*arena
	scratch *arena
	inputs  map[string]*form
	states  map[string]*form
	outputs map[string]*form
	plan    graph.Plan
	ranges  [][2]int // steps of the list, per step of the plan
	impls   []string // the library's name of each step of the plan
	stepped bool
	closed  func()
}

// Step implements graph.Executable: one call of C. A cancelled ctx is noticed
// before the step, never within.
func (x *executable) Step(ctx context.Context) error {
	if x.e == nil {
		return fmt.Errorf("%w: step of a closed program", fault.ErrInternal)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	x.stepped = true
	return x.list.run(x.e)
}

// Bind implements graph.Executable.
func (x *executable) Bind(name string, t *graph.Tensor) error {
	v := x.p.Value(name)
	if x.e == nil || v == nil || v.Kind != graph.Input && v.Kind != graph.State {
		return fmt.Errorf("%w: bind %q", graph.ErrNoState, name)
	}
	if t.DType != v.DType || !t.Shape.Equal(v.Shape) || len(t.F32)+len(t.I64) != v.Shape.Len() {
		return fmt.Errorf("%w: bind %v to %v", fault.ErrShape, t.Type(), v)
	}
	if f := x.states[name]; f != nil {
		return (&host{x}).fill(f, t)
	}
	f := x.inputs[name]
	if t.I64 != nil {
		copy(view[int64](x.bytes(f.buf)), t.I64)
	} else {
		copy(view[float32](x.bytes(f.buf)), t.F32)
	}
	return nil
}

// Read implements graph.Executable.
func (x *executable) Read(name string, t *graph.Tensor) error {
	v := x.p.Value(name)
	if x.e == nil || v == nil || v.Kind != graph.State && !slices.Contains(x.p.Outputs, v) {
		return fmt.Errorf("%w: read %q", graph.ErrNoState, name)
	}
	if v.Kind == graph.Computed && !x.stepped {
		return fmt.Errorf("%w: read %q before the first step", graph.ErrNoState, name)
	}
	if t.DType != v.DType || len(t.F32) != v.Shape.Len() || t.F32 == nil {
		*t = *graph.NewTensor(v.DType, v.Shape...)
	}
	t.Shape = v.Shape.Clone()
	if f := x.states[name]; f != nil {
		return (&host{x}).drain(f, t.F32)
	}
	f := x.outputs[name]
	if v.Kind == graph.Input {
		f = x.inputs[name]
	}
	copy(t.F32, view[float32](x.bytes(f.buf)))
	return nil
}

func (x *executable) bytes(b *buffer) []byte {
	r := b.root()
	return x.arenas[r.place].at(r.off, b.size)
}

// persist returns f with a descriptor that outlives the compile.
func (x *executable) persist(f *form) (*form, error) {
	d, err := x.run.sub(f.d, f.lay.dims, make([]int, len(f.lay.dims)))
	if err != nil {
		return nil, err
	}
	if !d.equal(f.d) {
		return nil, fmt.Errorf("%w: copy of layout %v is %v", fault.ErrInternal, f.d, d)
	}
	return &form{d, f.lay, f.buf}, nil
}

// Plan implements graph.Executable.
func (x *executable) Plan() graph.Plan {
	p := x.plan
	p.Steps = slices.Clone(p.Steps)
	if x.list == nil {
		return p
	}
	if t := x.list.times(); t != nil {
		for i, r := range x.ranges {
			for _, d := range t[r[0]:r[1]] {
				p.Steps[i].Seconds += d.Seconds()
			}
		}
	}
	return p
}

// Close implements graph.Executable. A second call does nothing.
func (x *executable) Close() error {
	if x.e == nil {
		return nil
	}
	err := x.free()
	if err == nil {
		err = x.e.Close()
	}
	x.e = nil
	if x.closed != nil {
		x.closed()
	}
	return err
}

// free releases everything but the engine.
func (x *executable) free() error {
	x.list.close()
	x.run.close()
	for _, a := range append(x.arenas[:], x.scratch) {
		if a != nil {
			a.close()
		}
	}
	x.list = nil
	return nil
}
