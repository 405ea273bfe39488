package hot

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/dnnl"
	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/transfer/throughput"
)

// BenchmarkStepOverhead runs a training step of next to no arithmetic: a linear
// layer from 2 features to 2 classes on one row. What it takes is call, step list
// and threads.
func BenchmarkStepOverhead(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	back, err := dnnl.New()
	if err != nil {
		b.Skipf("oneDNN is not here (make deps): %v", err)
	}
	p := tiny(b)
	x, err := back.Compile(p, graph.CompileOptions{})
	require.NoError(b, err)
	defer x.Close()
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, x.Step(ctx))
	}
	b.ReportMetric(float64(len(x.Plan().Steps)), "steps")
}

// tiny is the step of throughput's cached-head on the smallest classifier.
func tiny(b *testing.B) *graph.Program {
	b.Helper()
	g := graph.New()
	x := g.AddInput("x", graph.Type{DType: graph.Float32, Shape: graph.Shape{1, 2}}, true)
	w := g.AddConst("w", graph.FromF32([]float32{1, 2, 3, 4}, 2, 2))
	y, err := g.Add1("fc", graph.Linear, x, w, g.AddConst("b", graph.NewTensor(graph.Float32, 2)))
	require.NoError(b, err)
	g.Outputs = []*graph.Value{y}
	p, err := throughput.Program(&throughput.Net{Name: "tiny", Graph: g, Features: x, Logits: y}, throughput.CachedHead)
	require.NoError(b, err)
	return p
}
