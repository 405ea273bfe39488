package transfer

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/demo"
)

// tinyNet writes an untrained classifier of two convolutions for 16x16 pictures.
func tinyNet(t *testing.T, dir string) string { return tinyNetSeed(t, dir, 7) }

func tinyNetSeed(t *testing.T, dir string, seed uint64) string {
	g := graph.New()
	v := g.AddInput("input", graph.Type{DType: graph.Float32, Shape: graph.Shape{1, 3, 16, 16}}, true)
	add := func(name string, op graph.Op, in ...*graph.Value) *graph.Value {
		out, err := g.Add1(name, op, in...)
		require.NoError(t, err)
		return out
	}
	weight := func(name string, sd float64, shape ...int) *graph.Value {
		w := graph.NewTensor(graph.Float32, shape...)
		fillNormal(w.F32, sd, seed, name)
		return g.AddConst(name, w)
	}
	vec := func(name string, n int, x float32) *graph.Value {
		w := graph.NewTensor(graph.Float32, n)
		for i := range w.F32 {
			w.F32[i] = x
		}
		return g.AddConst(name, w)
	}
	in := 3
	for i, out := range []int{8, 12} {
		p := fmt.Sprintf("layer%d", i)
		v = add(p+".conv", graph.Conv{Window: graph.Window2D(3, 2, 1), Groups: 1}, v, weight(p+".w", .3, out, in, 3, 3))
		v = add(p+".bn", graph.BatchNorm{Eps: 1e-5, Keep: .9}, v, vec(p+".scale", out, 1), vec(p+".bias", out, 0), vec(p+".mean", out, 0), vec(p+".var", out, 1))
		v = add(p+".relu", graph.Act{Fn: graph.Relu}, v)
		in = out
	}
	v = add("pool", graph.GlobalAveragePool{}, v)
	v = add("flat", graph.Flatten{Axis: 1}, v)
	v = add("drop", graph.Dropout{P: .2}, v)
	g.Outputs = []*graph.Value{add("fc", graph.Linear, v, weight("fc.w", .1, 5, in), vec("fc.b", 5, 0))}
	path := filepath.Join(dir, "tiny.onnx")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, onnx.Write(f, g, onnx.Meta{}))
	require.NoError(t, f.Close())
	return path
}

// tinyData draws a few pictures of the demo's target task.
func tinyData(t *testing.T, dir string) string {
	require.NoError(t, demo.WriteFolder(dir, demo.Target, demo.Sizes{Train: 10, Val: 5, Side: 16}, 3))
	return dir
}

func tinySettings(t *testing.T, data, model, out string) Settings {
	s, _, _, err := ParseSettings(Sources{Flags: []Given{{Key: "data", Value: data, Where: "test"}, {Key: "model", Value: model, Where: "test"},
		{Key: "output-dir", Value: out, Where: "test"}, {Key: "preset", Value: "unit", Where: "test"}, {Key: "batch", Value: "8", Where: "test"},
		{Key: "epochs", Value: "3", Where: "test"}, {Key: "frozen-epochs", Value: "2", Where: "test"}, {Key: "workers", Value: "2", Where: "test"}}})
	require.NoError(t, err)
	return s
}

func openTest(t *testing.T) Opener {
	return func(string) (graph.Backend, error) { return newTestBackend() }
}

func finetune(t *testing.T, ctx context.Context, s Settings, sink Sink) error {
	if sink == nil {
		sink = func(Event) {}
	}
	_, err := Finetune(ctx, s, Origins{}, openTest(t), sink)
	return err
}

func modelBytes(t *testing.T, dir string) []byte {
	b, err := os.ReadFile(filepath.Join(dir, modelFile))
	require.NoError(t, err)
	return b
}

// TestRerun: two runs of each scheme give equal bytes, whatever the workers.
func TestRerun(t *testing.T) {
	dir := t.TempDir()
	model, data := tinyNet(t, dir), tinyData(t, filepath.Join(dir, "data"))
	for _, scheme := range []string{"features", "finetune", "scratch"} {
		t.Run(scheme, func(t *testing.T) {
			var got [2][]byte
			for i := range got {
				out := filepath.Join(dir, fmt.Sprint(scheme, i))
				s := tinySettings(t, data, model, out)
				s.Scheme, s.Workers = scheme, 1+i
				require.NoError(t, finetune(t, t.Context(), s, nil))
				got[i] = modelBytes(t, out)
			}
			require.Equal(t, got[0], got[1])
		})
	}
}

// TestResume: a run stopped after any step and resumed equals the quiet run.
func TestResume(t *testing.T) {
	dir := t.TempDir()
	model, data := tinyNet(t, dir), tinyData(t, filepath.Join(dir, "data"))
	quiet := tinySettings(t, data, model, filepath.Join(dir, "quiet"))
	steps := 0
	require.NoError(t, finetune(t, t.Context(), quiet, countSteps(&steps, 0, nil)))
	want := modelBytes(t, quiet.OutputDir)
	require.GreaterOrEqual(t, steps, 20)
	for _, cause := range []error{fault.ErrInterrupted, fault.ErrTerminated} {
		for k := 1; k <= min(steps, 25); k++ {
			s := tinySettings(t, data, model, filepath.Join(dir, fmt.Sprint(cause, k)))
			ctx, cancel := context.WithCancelCause(t.Context())
			n := 0
			err := finetune(t, ctx, s, countSteps(&n, k, func() { cancel(cause) }))
			require.ErrorIs(t, err, cause, "stopped after step %d", k)
			require.NoFileExists(t, filepath.Join(s.OutputDir, modelFile))
			s.Resume = s.OutputDir
			require.NoError(t, finetune(t, t.Context(), s, nil), "resumed after step %d", k)
			require.Equal(t, want, modelBytes(t, s.OutputDir), "resumed after step %d", k)
		}
	}
}

// countSteps counts training steps and calls stop after step at.
func countSteps(n *int, at int, stop func()) Sink {
	return func(e Event) {
		if p, ok := e.(Progress); ok && len(p.Phase) > 5 && p.Phase[:5] == "train" {
			if *n++; *n == at && stop != nil {
				stop()
			}
		}
	}
}

// TestResumeRefuses: other data or settings are refused unless forced.
func TestResumeRefuses(t *testing.T) {
	dir := t.TempDir()
	model, data := tinyNet(t, dir), tinyData(t, filepath.Join(dir, "data"))
	s := tinySettings(t, data, model, filepath.Join(dir, "run"))
	ctx, cancel := context.WithCancelCause(t.Context())
	n := 0
	require.Error(t, finetune(t, ctx, s, countSteps(&n, 12, func() { cancel(fault.ErrInterrupted) })))
	s.Resume = s.OutputDir
	other := s
	other.LR = 1
	_, err := Finetune(t.Context(), other, Origins{"lr": "--lr"}, openTest(t), func(Event) {})
	require.ErrorIs(t, err, fault.ErrCheckpoint)
	victim, err := filepath.Glob(filepath.Join(data, "train", "*", "*"))
	require.NoError(t, err)
	require.NoError(t, os.Remove(victim[0]))
	err = finetune(t, t.Context(), s, nil)
	require.ErrorIs(t, err, fault.ErrChanged)
}

// The rates of a run: pictures through the frozen part, unknown where a cache had them
// all, and those of the last phase.
func TestRates(t *testing.T) {
	dir := t.TempDir()
	data, model := tinyData(t, filepath.Join(dir, "data")), tinyNet(t, dir)
	for i, pass := range []bool{true, false} {
		s := tinySettings(t, data, model, filepath.Join(dir, fmt.Sprint(i)))
		s.Scheme, s.CacheDir = "features", filepath.Join(dir, "cache")
		sum, err := Finetune(t.Context(), s, Origins{}, openTest(t), func(Event) {})
		require.NoError(t, err)
		require.Equal(t, pass, float64(sum.ImgPerS.PrefixPass) > 0)
		require.Equal(t, !pass, math.IsNaN(float64(sum.ImgPerS.PrefixPass)))
		require.Positive(t, float64(sum.ImgPerS.Train))
	}
}

// TestBalancedSampler: balanced batches repeat to the byte and differ from shuffled ones;
// class weights are not added to them.
func TestBalancedSampler(t *testing.T) {
	dir := t.TempDir()
	s := tinySettings(t, tinyData(t, filepath.Join(dir, "data")), tinyNet(t, dir), filepath.Join(dir, "out"))
	s.Scheme, s.Sampler, s.BN = "finetune", "balanced", "affine"
	require.NoError(t, finetune(t, t.Context(), s, func(Event) {}))
	again := s
	again.OutputDir = filepath.Join(dir, "again")
	require.NoError(t, finetune(t, t.Context(), again, func(Event) {}))
	a, err := os.ReadFile(filepath.Join(s.OutputDir, modelFile))
	require.NoError(t, err)
	b, err := os.ReadFile(filepath.Join(again.OutputDir, modelFile))
	require.NoError(t, err)
	require.Equal(t, a, b)
	again.Sampler, again.OutputDir = "shuffle", filepath.Join(dir, "shuffle")
	require.NoError(t, finetune(t, t.Context(), again, func(Event) {}))
	b, err = os.ReadFile(filepath.Join(again.OutputDir, modelFile))
	require.NoError(t, err)
	require.NotEqual(t, a, b)
	classes, err := newTarget(&s, oneSided())
	require.NoError(t, err)
	require.Nil(t, classes.classWeights)
	s.Sampler = "shuffle"
	classes, err = newTarget(&s, oneSided())
	require.NoError(t, err)
	require.NotNil(t, classes.classWeights)
}

func oneSided() *dataset.Set {
	s := &dataset.Set{Classes: []string{"a", "b"}}
	for i := range 12 {
		s.Samples = append(s.Samples, dataset.Sample{Label: i / 10, Split: dataset.Train})
	}
	return s
}
