package dnnl

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/conformance"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// zooNet has every kind of layer that real networks train: stem, depthwise, grouped
// and dilated convolutions, ReLU and ReLU6, concatenation, residual sums, both
// poolings, squeeze and excite, dropout. Channels are odd, 16 and 24: with and
// without padding in blocked layouts.
func zooNet(t testing.TB, batch int) (*nets, *graph.Value) {
	n := newNets(t)
	three := graph.Window2D(3, 1, 1)
	y := n.relu(n.bn("bn0", n.conv("stem", n.input(batch, 3, 17, 17), 16, 1, graph.Window2D(3, 2, 1))))
	y = n.add("pool", graph.Pool{Window: graph.Window2D(3, 2, 1), Ceil: true}, y)
	z := n.relu6(n.bn("bn1", n.conv("expand", y, 24, 1, graph.Window2D(1, 1, 0))))
	z = n.relu6(n.bn("bn2", n.conv("dw", z, 24, 24, three)))
	z = n.bn("bn3", n.conv("project", z, 16, 1, graph.Window2D(1, 1, 0)))
	y = n.sum(y, z)
	s := n.relu(n.conv("squeeze", n.add("se", graph.GlobalAveragePool{}, y), 5, 1, graph.Window2D(1, 1, 0)))
	s = n.add("gate", graph.Act{Fn: graph.HardSigmoid, Alpha: 1. / 6, Beta: 0.5}, n.conv("excite", s, 16, 1, graph.Window2D(1, 1, 0)))
	y = n.add("scaled", graph.Binary{Fn: graph.Mul}, y, s)
	dilated := graph.Window2D(3, 1, 2)
	dilated.Dilation = []int{2, 2}
	a := n.relu(n.bn("bn4", n.conv("grouped", y, 32, 4, three)))
	b := n.relu(n.bn("bn5", n.conv("dilated", y, 7, 1, dilated)))
	c := n.add("average", graph.Pool{Fn: graph.AveragePool, Window: three, CountPad: true}, y)
	y = n.add("concat", graph.Concat{Axis: 1}, a, b, c)
	y = n.relu(n.sum(n.bn("bn6", n.conv("odd", y, 13, 1, three)), n.conv("skip", y, 13, 1, graph.Window2D(1, 1, 0))))
	y = n.add("drop", graph.Dropout{P: 0.2}, n.add("hswish", graph.Act{Fn: graph.HardSwish}, y))
	return n, n.head(y, 5)
}

// trainedNear is for weights after some steps: rounding of gradients times rates.
var trainedNear = conformance.Tol{Abs: 1e-5, Max: 5e-4}

// TestTrain compares whole training programs with the reference, all outputs and
// all state after several steps.
func TestTrain(t *testing.T) {
	for _, c := range []struct {
		name       string
		opt        graph.Optimiser
		batchStats bool
		clip       float32
		ema        bool
	}{
		{"sgd, batch statistics", graph.Optimiser{Kind: "sgd"}, true, 0, false},
		{"sgd, running statistics, averages", graph.Optimiser{Kind: "sgd", Nesterov: true}, false, 1, true},
		{"adamw, batch statistics, averages", graph.Optimiser{Kind: "adamw", Eps: 1e-3}, true, 1, true},
		{"adam, running statistics", graph.Optimiser{Kind: "adam", Eps: 1e-3}, false, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			n, y := zooNet(t, 4)
			half := len(n.params) / 2
			spec := graph.TrainSpec{Logits: y, Optimiser: c.opt, Clip: c.clip, EMA: c.ema,
				Groups: []graph.ParamGroup{{Params: n.params[:half], Decay: 1e-3}, {Params: n.params[half:]}}}
			if c.batchStats {
				spec.BatchStats = func(*graph.Node) bool { return true }
			}
			p, err := graph.BuildTrain(n.g, spec)
			require.NoError(t, err)
			compareSteps(b, p, 3)
			if c.batchStats {
				compareSteps(b, fuseNorms(t, p), 3)
			}
		})
	}
}

// fuseNorms joins normalisations with what is around them.
func fuseNorms(t testing.TB, p *graph.Program) *graph.Program {
	keep := map[*graph.Value]bool{}
	for _, v := range p.Results() {
		keep[v] = true
	}
	g, c, err := graph.FuseNorms(p.Graph, keep)
	require.NoError(t, err)
	q := &graph.Program{Graph: g}
	for _, u := range p.Updates {
		q.Updates = append(q.Updates, graph.Update{State: c.Map[u.State], New: c.Map[u.New]})
	}
	require.NoError(t, q.Check())
	return q
}

// TestTrainTail trains the last layers behind a frozen, folded prefix.
func TestTrainTail(t *testing.T) {
	b := newBench(t)
	n, y := zooNet(t, 3)
	p, err := graph.BuildTrain(n.g, graph.TrainSpec{Logits: y, Optimiser: graph.Optimiser{Kind: "sgd"},
		Groups: []graph.ParamGroup{{Params: []string{"odd.w", "bn6.scale", "fc.w", "fc.b"}}}})
	require.NoError(t, err)
	compareSteps(b, p, 3)
}

// TestResNetSteps is resnet18 itself on small pictures.
func TestResNetSteps(t *testing.T) {
	if testing.Short() {
		t.Skip("the reference takes seconds")
	}
	b := newBench(t)
	n, y := resNet18(t, 2, 48, 10)
	compareSteps(b, n.train(y, false, graph.Optimiser{Kind: "sgd"}), 1)
	conformance.Compare(t, ref.New(), newBackend(b), n.infer(y), trainFeed(n.infer(y), 0), conformance.Tol{Max: 1e-4})
}

func newBackend(b *bench) graph.Backend { return must[graph.Backend](b)(New()) }

// compareSteps runs p on the reference and twice here: near, and equal in all bits.
func compareSteps(b *bench, p *graph.Program, steps int) {
	b.Helper()
	var feeds []conformance.Feed
	for s := range steps {
		feeds = append(feeds, trainFeed(p, s))
	}
	back := newBackend(b)
	got, err := conformance.Execute(back, p, graph.CompileOptions{}, feeds...)
	require.NoError(b, err)
	want, err := conformance.Execute(ref.New(), p, graph.CompileOptions{}, feeds...)
	require.NoError(b, err)
	for name, w := range want {
		conformance.Near(b, w, got[name], trainedNear, name)
	}
	again, err := conformance.Execute(back, p, graph.CompileOptions{}, feeds...)
	require.NoError(b, err)
	for name := range got {
		require.Equal(b, got[name].F32, again[name].F32, "%s: second run gives other bits", name)
	}
}

// TestInPlace: optimiser, averages and running statistics store nothing at the end.
func TestInPlace(t *testing.T) {
	b := newBench(t)
	n, y := zooNet(t, 2)
	p, err := graph.BuildTrain(n.g, graph.TrainSpec{Logits: y, Optimiser: graph.Optimiser{Kind: "adamw", Eps: 1e-8}, EMA: true,
		Groups: []graph.ParamGroup{{Params: n.params}}, BatchStats: func(*graph.Node) bool { return true }})
	require.NoError(t, err)
	p = fuseNorms(t, p)
	x := must[graph.Executable](b)(newBackend(b).Compile(p, graph.CompileOptions{}))
	defer func() { require.NoError(t, x.Close()) }()
	fused := 0
	for _, s := range x.Plan().Steps {
		require.NotEqual(t, "store", s.Op, s.Node)
		if strings.HasSuffix(s.Op, "Grad+FusedBatchNormGrad") {
			fused++
		}
	}
	require.Equal(t, 6, fused, "all but bn3, which has no activation")
	for i, impl := range x.(*executable).impls {
		s := x.Plan().Steps[i]
		require.NotContains(t, impl, "ref:any", fmt.Sprint(s))
	}
}

// TestStateRoundTrip: what is bound to a blocked state is read back, and a step
// goes on from there as a fresh program would.
func TestStateRoundTrip(t *testing.T) {
	b := newBench(t)
	n, y := zooNet(t, 2)
	p := n.train(y, true, graph.Optimiser{Kind: "sgd"})
	first := must[graph.Executable](b)(newBackend(b).Compile(p, graph.CompileOptions{}))
	defer func() { require.NoError(t, first.Close()) }()
	second := must[graph.Executable](b)(newBackend(b).Compile(p, graph.CompileOptions{}))
	defer func() { require.NoError(t, second.Close()) }()
	step := func(x graph.Executable, s int) {
		for name, v := range trainFeed(p, s) {
			require.NoError(t, x.Bind(name, v))
		}
		require.NoError(t, x.Step(context.Background()))
	}
	step(first, 0)
	for _, v := range p.States {
		var a, c graph.Tensor
		a.DType, c.DType = graph.Float32, graph.Float32
		require.NoError(t, first.Read(v.Name, &a))
		require.NoError(t, second.Bind(v.Name, &a))
		require.NoError(t, second.Read(v.Name, &c))
		require.Equal(t, a.F32, c.F32, v.Name)
	}
	step(first, 1)
	step(second, 1)
	for _, v := range append(p.States, p.Outputs...) {
		var a, c graph.Tensor
		require.NoError(t, first.Read(v.Name, &a))
		require.NoError(t, second.Read(v.Name, &c))
		require.Equal(t, a.F32, c.F32, v.Name)
	}
}

// TestNoFallback: blocks of real networks that the library has no good answer for
// when it is asked layer by layer must not meet its plain loops, a thousand times
// slower, nor be reordered in every layer: groups of 4 channels (ResNeXt), channels
// that fill no block behind Sigmoid (EfficientNet), depthwise ones (MobileNet).
func TestNoFallback(t *testing.T) {
	for name, build := range map[string]func(n *nets, x *graph.Value) *graph.Value{
		"ResNeXt": func(n *nets, x *graph.Value) *graph.Value {
			for i := range 3 {
				p := fmt.Sprint("block", i)
				y := n.relu(n.bn(p+".bn1", n.conv(p+".1", x, 32, 1, graph.Window2D(1, 1, 0))))
				y = n.relu(n.bn(p+".bn2", n.conv(p+".2", y, 32, 8, graph.Window2D(3, 1, 1))))
				x = n.relu(n.sum(n.bn(p+".bn3", n.conv(p+".3", y, 32, 1, graph.Window2D(1, 1, 0))), x))
			}
			return x
		},
		"EfficientNet": func(n *nets, x *graph.Value) *graph.Value {
			for i := range 3 {
				p := fmt.Sprint("block", i)
				x = n.bn(p+".bn", n.conv(p, x, 40, 1, graph.Window2D(3, 1, 1)))
				x = n.add("", graph.Binary{Fn: graph.Mul}, x, n.add("", graph.Act{Fn: graph.Sigmoid}, x))
			}
			return x
		},
		"MobileNet": func(n *nets, x *graph.Value) *graph.Value {
			for i := range 3 {
				x = n.inverted(fmt.Sprint("block", i), x, 6, 24+8*min(i, 1), 1)
			}
			return x
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			n := newNets(t)
			y := n.relu(n.bn("bn", n.conv("stem", n.input(2, 3, 56, 56), 32, 1, graph.Window2D(3, 2, 1))))
			y = n.head(build(n, y), 3)
			for _, p := range []*graph.Program{n.infer(y), n.train(y, true, graph.Optimiser{Kind: "sgd"})} {
				x := must[graph.Executable](b)(newBackend(b).Compile(p, graph.CompileOptions{}))
				reorders := 0
				for i, s := range x.Plan().Steps {
					require.NotRegexp(t, "^ref|gemm:jit", x.(*executable).impls[i], fmt.Sprint(s))
					if s.Op == "reorder" && s.Bytes >= 2*28*28*32*4 {
						reorders++
					}
				}
				require.LessOrEqual(t, reorders, 2)
				require.NoError(t, x.Close())
			}
		})
	}
}
