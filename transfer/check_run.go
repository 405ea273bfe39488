package transfer

import (
	"context"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// runOnce compiles p, binds in, makes one step and returns the outputs in order.
func runOnce(ctx context.Context, b graph.Backend, p *graph.Program, in map[string]*graph.Tensor) (out []*graph.Tensor, err error) {
	x, err := b.Compile(p, graph.CompileOptions{})
	if err != nil {
		return nil, err
	}
	defer x.Close()
	return stepOnce(ctx, x, p, in)
}

// stepOnce binds in, makes one step and returns the outputs of p in order.
func stepOnce(ctx context.Context, x graph.Executable, p *graph.Program, in map[string]*graph.Tensor) ([]*graph.Tensor, error) {
	for name, t := range in {
		if err := x.Bind(name, t); err != nil {
			return nil, err
		}
	}
	if err := x.Step(ctx); err != nil {
		return nil, err
	}
	return readAll(x, p.Outputs)
}

func readAll(x graph.Executable, vs []*graph.Value) ([]*graph.Tensor, error) {
	out := make([]*graph.Tensor, len(vs))
	for i, v := range vs {
		out[i] = graph.NewTensor(v.DType, v.Shape...)
		if err := x.Read(v.Name, out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// formulaTensor is the default input of checks, the same on every machine:
//
//	x[i] = (((i+97·row)·31+7) mod 255)/127.5 − 1,  i = flat index within a row
//
// Rows are those of dimension 0 and differ; seed shifts i.
func formulaTensor(shape graph.Shape, seed int) *graph.Tensor {
	t := graph.NewTensor(graph.Float32, shape...)
	row := t.Len() / max(1, shape[0])
	for k := range t.F32 {
		i := k%max(1, row) + 97*(k/max(1, row)) + seed
		t.F32[k] = float32(float64((i*31+7)%255)/127.5 - 1)
	}
	return t
}
