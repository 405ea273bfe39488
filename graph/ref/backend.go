package ref

import (
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// backend compiles programs into lists of kernels.
type backend struct{ live atomic.Int64 }

// New returns the reference back end.
func New() graph.Backend { return &backend{} }

func (*backend) Name() string { return "ref" }

func (*backend) Caps() graph.Caps {
	return graph.Caps{
		DTypes: []graph.DType{graph.Float32, graph.Float64, graph.BFloat16, graph.Int64,
			graph.Int32, graph.Int8, graph.Uint8, graph.Bool},
		Supports: supports,
		FusedAct: true,
		Info:     map[string]string{"device": "plain Go", "threads": fmt.Sprint(runtime.GOMAXPROCS(0))},
	}
}

// Live returns the planned bytes of all executables that are open.
func (b *backend) Live() int64 { return b.live.Load() }

func (*backend) Close() error { return nil }

// Compile implements graph.Backend. Precision is Float32, Float64 or BFloat16, which
// rounds what graph.Half says.
func (b *backend) Compile(p *graph.Program, o graph.CompileOptions) (graph.Executable, error) {
	if o.Precision == graph.Invalid {
		o.Precision = graph.Float32
	}
	if o.Precision != graph.Float32 && o.Precision != graph.Float64 && o.Precision != graph.BFloat16 {
		return nil, fmt.Errorf("%w: precision %v on the reference back end", fault.ErrUnsupported, o.Precision)
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	for _, n := range p.Nodes {
		if !supports(n.Op) {
			return nil, fmt.Errorf("%v: %w by the reference back end", n, fault.ErrUnsupported)
		}
	}
	return newExecutable(b, p, o)
}
