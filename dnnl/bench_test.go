package dnnl

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"sort"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/stretchr/testify/require"
)

// BenchmarkNets measures whole networks at 224x224, batch 32, random weights and
// pictures. GOTL_PLAN=1 prints the time of every step, GOTL_PRECISION=bf16 runs in 16 bits.
//
//	go test ./dnnl -run '^$' -bench Nets -benchtime 5x
func BenchmarkNets(b *testing.B) {
	const batch = 32
	for _, net := range []struct {
		name  string
		build func(testing.TB, int, int, int) (*nets, *graph.Value)
	}{{"ResNet18", resNet18}, {"MobileNetV2", mobileNetV2}} {
		sgd := graph.Optimiser{Kind: "sgd"}
		for _, task := range []struct {
			name  string
			build func(*nets, *graph.Value) *graph.Program
		}{
			{"infer", func(n *nets, y *graph.Value) *graph.Program { return n.infer(y) }},
			{"full", func(n *nets, y *graph.Value) *graph.Program { return n.train(y, true, sgd) }},
			{"affine", func(n *nets, y *graph.Value) *graph.Program { return n.train(y, false, sgd) }},
		} {
			b.Run(net.name+"/"+task.name, func(b *testing.B) {
				n, y := net.build(b, batch, 224, 100)
				measure(b, task.build(n, y), batch)
			})
		}
	}
}

func measure(b *testing.B, p *graph.Program, batch int) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	back, err := New()
	require.NoError(b, err)
	show := os.Getenv("GOTL_PLAN") != ""
	o := graph.CompileOptions{Profile: show}
	if os.Getenv("GOTL_PRECISION") == "bf16" {
		o.Precision = graph.BFloat16
	}
	x, err := back.Compile(p, o)
	require.NoError(b, err)
	defer func() { require.NoError(b, x.Close()) }()
	for name, t := range trainFeed(p, 0) {
		require.NoError(b, x.Bind(name, t))
	}
	require.NoError(b, x.Step(context.Background()))
	best := times(x.Plan())
	for i := range best {
		best[i] = math.Inf(1)
	}
	for b.Loop() {
		before := x.Plan()
		require.NoError(b, x.Step(context.Background()))
		for i, s := range x.Plan().Steps {
			best[i] = min(best[i], s.Seconds-before.Steps[i].Seconds)
		}
	}
	b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "img/s")
	b.ReportMetric(float64(x.Plan().Bytes())/1e6, "MB")
	if show {
		printPlan(x.(*executable), best)
	}
}

func times(p graph.Plan) []float64 { return make([]float64, len(p.Steps)) }

// printPlan prints the best time of every step and the sum of each operator.
func printPlan(x *executable, best []float64) {
	total := 0.0
	sum := map[string]float64{}
	p := x.Plan()
	for i, s := range p.Steps {
		ms := best[i] * 1e3
		total += ms
		sum[s.Op+" "+x.impls[i]] += ms
		fmt.Printf("%8.3f ms %8.2f MB %-24s %-34s %-12s %s\n", ms, float64(s.Bytes)/1e6, s.Op, s.Node, s.Layout, x.impls[i])
	}
	fmt.Printf("%10.3f ms  all\n", total)
	var ops []string
	for op := range sum {
		ops = append(ops, op)
	}
	sort.Slice(ops, func(i, j int) bool { return sum[ops[i]] > sum[ops[j]] })
	for _, op := range ops {
		fmt.Printf("%10.3f ms  %s\n", sum[op], op)
	}
}
