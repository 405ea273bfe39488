package dnnl

import (
	"fmt"
	"reflect"
	"sync/atomic"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// backend compiles programs for the CPU. Every executable has an engine of its
// own, made by Compile: all its calls come from the locked thread that compiled it.
type backend struct {
	info Info
	open atomic.Int64 // executables
}

// New loads oneDNN and returns the back end. Error: fault.ErrDevice saying where
// the library was looked for. It may be called from any goroutine; Compile and
// everything done with its result belong to one locked OS thread.
func New() (graph.Backend, error) {
	info, err := LibraryInfo()
	if err != nil {
		return nil, err
	}
	return &backend{info: info}, nil
}

// Name implements graph.Backend.
func (*backend) Name() string { return "onednn" }

// Caps implements graph.Backend.
func (b *backend) Caps() graph.Caps {
	return graph.Caps{
		DTypes:   precisions(),
		Supports: func(op graph.Op) bool { return lowerings[reflect.TypeOf(op)] != nil },
		FusedAct: true,
		Info: map[string]string{
			"device":  fmt.Sprintf("CPU, oneDNN %s, %s, %d threads", b.info.Version, b.info.ISA, b.info.Threads),
			"version": b.info.Version, "isa": b.info.ISA, "threads": fmt.Sprint(b.info.Threads),
			"bf16": halfText(),
		},
	}
}

// precisions returns what a program may be compiled for.
func precisions() []graph.DType {
	if hasHalf() {
		return []graph.DType{graph.Float32, graph.BFloat16}
	}
	return []graph.DType{graph.Float32}
}

// Live returns the bytes of C memory in use by the package.
func (*backend) Live() int64 { return Live().Bytes() }

// Close implements graph.Backend. Executables must be closed before.
func (b *backend) Close() error {
	if n := b.open.Load(); n != 0 {
		return fmt.Errorf("%w: onednn closed with %d programs open", fault.ErrInternal, n)
	}
	return nil
}

// Compile implements graph.Backend: Float32, and BFloat16 where the processor has it, else
// fault.ErrDevice. All tensors of the program are float32 but random counters.
func (b *backend) Compile(p *graph.Program, o graph.CompileOptions) (graph.Executable, error) {
	if err := graph.CheckPrecision(b, o.Precision); err != nil {
		return nil, err
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	if err := supported(p); err != nil {
		return nil, err
	}
	x, err := compile(p, o)
	if err != nil {
		return nil, err
	}
	b.open.Add(1)
	x.closed = func() { b.open.Add(-1) }
	return x, nil
}

// supported refuses unknown operators and element types, naming the node.
func supported(p *graph.Program) error {
	for _, n := range p.Nodes {
		if lowerings[reflect.TypeOf(n.Op)] == nil {
			return fmt.Errorf("%v: %w by onednn", n, fault.ErrUnsupported)
		}
		for i, v := range n.In {
			if v == nil || v.DType == graph.Float32 {
				continue
			}
			if _, drop := n.Op.(graph.DropoutTrain); drop && i == 1 && v.Kind == graph.Input {
				continue
			}
			return fmt.Errorf("%v: %w: input %v on onednn", n, fault.ErrUnsupported, v)
		}
	}
	for _, vs := range [][]*graph.Value{p.Consts, p.States, p.Outputs} {
		for _, v := range vs {
			if v.DType != graph.Float32 {
				return fmt.Errorf("%v: %w: element type on onednn", v, fault.ErrUnsupported)
			}
		}
	}
	return nil
}
