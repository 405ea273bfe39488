package transfer

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/gotl-gpu/gotl-gpu/transfer/optim"
)

// trace is one file of conformance/training-traces: what PyTorch computed.
type trace struct {
	Classes, Batch, Size, Steps int
	Head                        string
	Frozen                      []string `json:"frozen_prefixes"`
	Recipes                     map[string]*traceRecipe
}

type traceRecipe struct {
	Recipe struct {
		Opt          string
		LR           float64
		Momentum, WD float64
		Nesterov     bool
		BN           string
		NoDecay      string
		Freeze       bool
		Smoothing    float64
		ClassWeights []float32 `json:"class_weights"`
		Clip         float64
		OneCycle     *struct {
			Start    float64 `json:"pct_start"`
			Div      float64
			DivFinal float64 `json:"div_final"`
		}
		HeadRatio float64 `json:"head_ratio"`
		EMA       float64
	}
	Trainable []string
	Loss, LR  []float64
	Before    [][]float64           `json:"logits_before"`
	After     [][]float64           `json:"logits_after"`
	Params    map[string][2]float64 // sum, L2 norm
	EMA       map[string][2]float64 `json:"ema_params"`
}

// TestTrainingTraces repeats PyTorch's training runs step by step. Bars: NOTES.md
// beside the traces.
func TestTrainingTraces(t *testing.T) {
	dir := assets(t, "conformance/training-traces")
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	var c tally
	for _, file := range files {
		net := strings.TrimSuffix(filepath.Base(file), ".json")
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		var tr trace
		require.NoError(t, json.Unmarshal(b, &tr))
		for name, r := range tr.Recipes {
			c.run(t, net+"/"+name, func(t *testing.T) error { return tr.replay(t, strings.TrimSuffix(file, ".json")+".onnx", r) })
		}
	}
	c.report(t)
}

func (tr *trace) replay(t *testing.T, file string, r *traceRecipe) error {
	m, err := onnx.Read(file, onnx.Options{Batch: tr.Batch, Eval: ref.Evaluator{}})
	if err != nil {
		return err
	}
	x := &replay{t: t, tr: tr, r: r, net: m.Graph, input: m.Graph.Inputs[0].Name, b: testBackend(t)}
	return x.run()
}

type replay struct {
	t     *testing.T
	tr    *trace
	r     *traceRecipe
	net   *graph.Graph
	input string
	b     graph.Backend
	prog  *graph.Program
	mult  []float64
}

func (x *replay) run() error {
	rec := x.r.Recipe
	eps := 1e-8
	spec := graph.TrainSpec{Logits: x.net.Outputs[0], Groups: x.groups(), Clip: float32(rec.Clip), EMA: rec.EMA > 0,
		Optimiser: graph.Optimiser{Kind: rec.Opt, Nesterov: rec.Nesterov, Eps: float32(eps)}}
	if rec.BN == "train" {
		spec.BatchStats = func(*graph.Node) bool { return true }
	}
	prog, err := graph.BuildTrain(x.net, spec)
	if err != nil {
		return err
	}
	exec, err := x.b.Compile(prog, graph.CompileOptions{})
	if err != nil {
		return err
	}
	x.prog = prog
	defer exec.Close()
	x.logits(x.r.Before, nil)
	for s := range x.tr.Steps {
		x.step(exec, s)
	}
	x.final(exec)
	return nil
}

// groups sorts the trained tensors by decay and by rate.
func (x *replay) groups() []graph.ParamGroup {
	rec := x.r.Recipe
	type key struct{ decay, mult float64 }
	at := map[key]int{}
	var out []graph.ParamGroup
	for _, name := range x.r.Trainable {
		v := x.net.Value(name)
		require.NotNil(x.t, v, "parameter %s", name)
		k := key{rec.WD, 1}
		if rec.NoDecay == "ndim<2" && v.Shape.Rank() < 2 {
			k.decay = 0
		}
		if rec.HeadRatio > 0 && !strings.HasPrefix(name, x.tr.Head) {
			k.mult = 1 / rec.HeadRatio
		}
		if _, ok := at[k]; !ok {
			at[k] = len(out)
			out = append(out, graph.ParamGroup{Decay: float32(k.decay)})
			x.mult = append(x.mult, k.mult)
		}
		out[at[k]].Params = append(out[at[k]].Params, name)
	}
	return out
}

func (x *replay) rule() rule {
	rec := x.r.Recipe
	r := rule{kind: rec.Opt, nesterov: rec.Nesterov, momentum: rec.Momentum, beta1: .9, beta2: .999, lr: rec.LR, sched: optim.Constant{}, total: x.tr.Steps}
	if o := rec.OneCycle; o != nil {
		r.sched = optim.OneCycle{Q: o.Start, Div: o.Div, Final: o.DivFinal}
	}
	return r
}

func (x *replay) step(exec graph.Executable, s int) {
	t, rec, r := x.t, x.r.Recipe, x.rule()
	require.InEpsilon(t, x.r.LR[s], r.rate(s, 1), 1e-9, "rate of step %d", s)
	labels := make([]int, x.tr.Batch)
	for b := range labels {
		labels[b] = (b + s) % x.tr.Classes
	}
	q, div, err := optim.Targets(labels, nil, rec.ClassWeights, rec.Smoothing, x.tr.Classes)
	require.NoError(t, err)
	in := map[string]*graph.Tensor{x.input: x.batch(s), graph.InvName: graph.Scalar(float32(1 / div)),
		graph.TargetName: graph.FromF32(q, x.tr.Batch, x.tr.Classes)}
	for i, m := range x.mult {
		h := r.hyper(s, m)
		in[graph.HyperName(i)] = graph.FromF32(h, len(h))
	}
	if rec.EMA > 0 {
		in[graph.EMADecayName] = graph.Scalar(float32(rec.EMA))
	}
	for name, v := range in {
		require.NoError(t, exec.Bind(name, v))
	}
	require.NoError(t, exec.Step(context.Background()))
	var loss graph.Tensor
	require.NoError(t, exec.Read(graph.LossName, &loss))
	bar := 1e-4
	if s > 2 {
		bar = 3e-4
	}
	require.InEpsilon(t, x.r.Loss[s], float64(loss.F32[0]), bar, "loss of step %d", s)
}

// batch is the input of step s: ((i·31 + s·17 + 7) mod 255)/127.5 − 1.
func (x *replay) batch(s int) *graph.Tensor {
	v := graph.NewTensor(graph.Float32, x.tr.Batch, 3, x.tr.Size, x.tr.Size)
	for i := range v.F32 {
		v.F32[i] = float32(float64((i*31+s*17+7)%255)/127.5 - 1)
	}
	return v
}

func (x *replay) final(exec graph.Executable) {
	w := weights{}
	for _, v := range x.prog.States {
		var got graph.Tensor
		require.NoError(x.t, exec.Read(v.Name, &got))
		if !isOptimiserState(v.Name) {
			w[v.Name] = &got
			x.norm(v.Name, &got, x.r.Params)
		} else if name, ok := strings.CutPrefix(v.Name, graph.EMAPrefix); ok {
			x.norm(name, &got, x.r.EMA)
		}
	}
	x.logits(x.r.After, w)
}

// norm compares a parameter's L2 norm and sum with the recorded ones.
func (x *replay) norm(name string, got *graph.Tensor, want map[string][2]float64) {
	ref, ok := want[name]
	require.True(x.t, ok, "%s is not in the trace", name)
	var sum, sq float64
	for _, v := range got.F32 {
		sum, sq = sum+float64(v), sq+float64(v)*float64(v)
	}
	bar := 3e-4
	if strings.HasSuffix(name, "qkv.bias") {
		bar = 1e-3
	}
	require.InDelta(x.t, ref[1], math.Sqrt(sq), bar*ref[1]+1e-9, "norm of %s", name)
	require.InDelta(x.t, ref[0], sum, bar*ref[1]*math.Sqrt(float64(got.Len()))+1e-9, "sum of %s", name)
}

// logits compares the evaluation of the batch of step 0.
func (x *replay) logits(want [][]float64, w weights) {
	t := x.t
	prog, err := graph.BuildInfer(x.net, func(s string) bool { return w[s] != nil }, x.net.Outputs[0])
	require.NoError(t, err)
	exec, err := x.b.Compile(prog, graph.CompileOptions{})
	require.NoError(t, err)
	defer exec.Close()
	require.NoError(t, bindAll(prog, exec, w))
	require.NoError(t, exec.Bind(x.input, x.batch(0)))
	require.NoError(t, exec.Step(context.Background()))
	var got graph.Tensor
	require.NoError(t, exec.Read(prog.Outputs[0].Name, &got))
	top := 0.0
	for _, row := range want {
		for _, v := range row {
			top = max(top, math.Abs(v))
		}
	}
	require.Equal(t, len(want)*len(want[0]), got.Len())
	for i, row := range want {
		for k, v := range row {
			require.InDelta(t, v, float64(got.F32[i*len(row)+k]), 2e-4*top, "logit %d of row %d", k, i)
		}
	}
}
