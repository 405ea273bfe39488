package graph_test

import (
	"context"
	"math"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/conformance"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/stretchr/testify/require"
)

// trainNet is conv1, bn1, relu, conv2, bn2, relu, pool, dropout, linear with
// constants named as in a model file.
func trainNet(t *testing.T) *graph.Graph {
	g := graph.New()
	c := func(name string, d ...int) *graph.Value {
		return g.AddConst(name, conformance.Uniform(name, -0.5, 1, d...))
	}
	y := input(g, "x", 4, 3, 6, 6)
	for _, l := range []struct {
		name  string
		c, in int
	}{{"1", 6, 3}, {"2", 5, 6}} {
		y = add(t, g, "conv"+l.name, conv(3, 1, 1), y, c("w"+l.name, l.c, l.in, 3, 3))
		y = add(t, g, "bn"+l.name, graph.BatchNorm{Eps: 1e-3, Keep: 0.75}, y, c("scale"+l.name, l.c), c("shift"+l.name, l.c),
			c("mean"+l.name, l.c), g.AddConst("var"+l.name, conformance.Uniform("v"+l.name, 1, 2, l.c)))
		y = add(t, g, "relu"+l.name, relu, y)
	}
	y = add(t, g, "flat", graph.Flatten{Axis: 1}, add(t, g, "pool", graph.GlobalAveragePool{}, y))
	y = add(t, g, "drop", graph.Dropout{P: 0.5}, y)
	g.Outputs = []*graph.Value{add(t, g, "fc", graph.Linear, y, c("w3", 3, 5), c("b3", 3))}
	return g
}

func noDropout(*graph.Node) bool { return false }

// spec trains the named constants by plain SGD without dropout.
func spec(g *graph.Graph, params ...string) graph.TrainSpec {
	return graph.TrainSpec{Logits: g.Outputs[0], Groups: []graph.ParamGroup{{Params: params}},
		Optimiser: graph.Optimiser{Kind: "sgd"}, Dropout: noDropout}
}

// batch is a step's input at rate 1 without momentum: new weights are w − dw.
func batch() conformance.Feed {
	q := graph.NewTensor(graph.Float32, 4, 3)
	for i := range 4 {
		q.F32[3*i+i%3] = 1
	}
	return conformance.Feed{"x": conformance.Normal("x", 4, 3, 6, 6), graph.TargetName: q,
		graph.InvName: graph.Scalar(0.25), graph.HyperName(0): f32(shape(2), 1, 0)}
}

// Only the head trains: everything before is fused constants, no node of the
// backward part belongs to it and no update touches it.
func TestFrozenPrefixIsInference(t *testing.T) {
	g := trainNet(t)
	p, err := graph.BuildTrain(g, spec(g, "w3", "b3"))
	require.NoError(t, err)
	require.Equal(t, []string{"FusedConv", "FusedConv", "GlobalAveragePool", "Flatten", "Dropout", "Gemm",
		"SoftmaxCrossEntropy", "SoftmaxCrossEntropyGrad", "Gemm", "ReduceSum", "Reshape", "GlobalNorm", "SGD"}, kinds(p.Graph, 0))
	var updated []string
	for _, u := range p.Updates {
		updated = append(updated, u.State.Name)
	}
	require.Equal(t, []string{"w3", "b3", "opt/m/w3", "opt/m/b3"}, updated)
	require.Len(t, p.States, 4)
}

// trainable lists everything of trainNet that can train.
var trainable = []string{"w1", "scale1", "shift1", "w2", "scale2", "shift2", "w3", "b3"}

// A step of SGD at rate 1 takes off the gradient: it must be the central
// difference of the program's own loss in float64, with stored and with batch
// statistics, with and without dropout.
func TestTrainStepFollowsItsLoss(t *testing.T) {
	for _, c := range []struct {
		name    string
		batch   bool
		dropout func(*graph.Node) bool
	}{{"stored statistics", false, noDropout}, {"batch statistics", true, noDropout}, {"dropout", true, nil}} {
		t.Run(c.name, func(t *testing.T) {
			g := trainNet(t)
			s := spec(g, trainable...)
			s.Dropout, s.BatchStats = c.dropout, func(*graph.Node) bool { return c.batch }
			p, err := graph.BuildTrain(g, s)
			require.NoError(t, err)
			feed := batch()
			if c.dropout == nil {
				feed[graph.RngName] = graph.FromI64([]int64{1, 2, 3, 4, 5, 6}, 6)
			}
			checkStep(t, p, feed)
		})
	}
}

func checkStep(t *testing.T, p *graph.Program, feed conformance.Feed) {
	e, err := ref.New().Compile(p, graph.CompileOptions{Precision: graph.Float64})
	require.NoError(t, err)
	defer func() { require.NoError(t, e.Close()) }()
	// after binds the parameter's element, makes a step and returns the result of that name.
	after := func(param string, i int, delta float64, result string) *graph.Tensor {
		for name, x := range feed {
			require.NoError(t, e.Bind(name, x))
		}
		for _, s := range p.States {
			x, err := graph.Load(s.Data)
			require.NoError(t, err)
			wide := graph.NewTensor(graph.Float64, x.Shape...)
			for k := range wide.F64 {
				wide.F64[k] = x.At(k)
			}
			if s.Name == param {
				wide.F64[i] += delta
			}
			require.NoError(t, e.Bind(s.Name, wide))
		}
		require.NoError(t, e.Step(context.Background()))
		y := &graph.Tensor{DType: graph.Float64}
		require.NoError(t, e.Read(result, y))
		return y
	}
	const h = 1e-5
	for _, name := range trainable {
		stepped := after("", 0, 0, name)
		for i := 0; i < stepped.Len(); i += 1 + stepped.Len()/7 {
			want := (after(name, i, h, graph.LossName).F64[0] - after(name, i, -h, graph.LossName).F64[0]) / (2 * h)
			w, err := graph.Load(p.Value(name).Data)
			require.NoError(t, err)
			require.InDelta(t, want, w.At(i)-stepped.F64[i], 1e-6*(1+math.Abs(want)), "%s[%d]", name, i)
		}
	}
}

// Running statistics move by 1−0.75 towards those of the batch, the variance
// unbiased; here worked directly from the output of conv1.
func TestRunningStatistics(t *testing.T) {
	g := trainNet(t)
	s := spec(g, "scale1", "shift1")
	s.BatchStats = func(n *graph.Node) bool { return n.Name == "bn1" }
	p, err := graph.BuildTrain(g, s)
	require.NoError(t, err)
	got := run(t, p, batch())
	head, err := graph.Prune(g, g.Value("conv1"))
	require.NoError(t, err)
	y := run(t, &graph.Program{Graph: head}, conformance.Feed{"x": batch()["x"]})["conv1"]
	for c := range 6 {
		var sum, square float64
		const count = 4 * 36
		for i, v := range y.F32 {
			if i/36%6 == c {
				sum, square = sum+float64(v), square+float64(v)*float64(v)
			}
		}
		mean := sum / count
		variance := (square - count*mean*mean) / (count - 1)
		was, err := graph.Load(g.Value("mean1").Data)
		require.NoError(t, err)
		require.InDelta(t, 0.75*was.At(c)+0.25*mean, got["mean1"].At(c), 1e-5)
		was, err = graph.Load(g.Value("var1").Data)
		require.NoError(t, err)
		require.InDelta(t, 0.75*was.At(c)+0.25*variance, got["var1"].At(c), 1e-4)
	}
	require.Nil(t, p.Value("mean2"), "bn2 is folded into conv2")
	require.NotContains(t, got, "mean2", "bn2 keeps its statistics: they are constants")
}

// The norm is that before clipping; the step is shortened to Max; averages follow
// the new weights: e = 0.9·w + 0.1·w'.
func TestClipAndAverages(t *testing.T) {
	g := trainNet(t)
	feed := batch()
	free, err := graph.BuildTrain(g, spec(g, "w3"))
	require.NoError(t, err)
	norm := run(t, free, feed)[graph.NormName].At(0)
	s := spec(g, "w3")
	s.Clip, s.EMA = float32(norm/2), true
	p, err := graph.BuildTrain(g, s)
	require.NoError(t, err)
	feed[graph.EMADecayName] = graph.Scalar(0.9)
	got := run(t, p, feed)
	require.InDelta(t, norm, got[graph.NormName].At(0), 1e-6)
	w, err := graph.Load(g.Value("w3").Data)
	require.NoError(t, err)
	square := 0.0
	for i := range w.Len() {
		d := w.At(i) - got["w3"].At(i)
		square += d * d
		require.InDelta(t, 0.9*w.At(i)+0.1*got["w3"].At(i), got["ema/w3"].At(i), 1e-6)
	}
	require.InDelta(t, norm/2, math.Sqrt(square), 1e-5)
}

func TestBuildTrainRefuses(t *testing.T) {
	g := trainNet(t)
	for name, c := range map[string]struct {
		change func(s *graph.TrainSpec)
		want   error
	}{
		"no logits":         {func(s *graph.TrainSpec) { s.Logits = nil }, fault.ErrShape},
		"logits of rank 4":  {func(s *graph.TrainSpec) { s.Logits = g.Value("relu2") }, fault.ErrShape},
		"unknown parameter": {func(s *graph.TrainSpec) { s.Groups[0].Params[0] = "w9" }, fault.ErrModel},
		"not a constant":    {func(s *graph.TrainSpec) { s.Groups[0].Params[0] = "x" }, fault.ErrModel},
		"twice":             {func(s *graph.TrainSpec) { s.Groups = append(s.Groups, s.Groups[0]) }, fault.ErrModel},
		"statistics train":  {func(s *graph.TrainSpec) { s.Groups[0].Params[0] = "mean2" }, fault.ErrModel},
		"optimiser":         {func(s *graph.TrainSpec) { s.Optimiser.Kind = "lion" }, fault.ErrUsage},
	} {
		s := spec(g, "w3")
		c.change(&s)
		_, err := graph.BuildTrain(g, s)
		require.ErrorIs(t, err, c.want, name)
	}
}
