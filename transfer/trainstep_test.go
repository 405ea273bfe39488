package transfer

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// TestTrainStep compares gradients, norm statistics and three optimiser steps with
// those of PyTorch's autograd, for every model that has a train_step folder.
func TestTrainStep(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(assets(t, "models"), "*", "train_step"))
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	for _, dir := range dirs {
		t.Run(filepath.Base(filepath.Dir(dir)), func(t *testing.T) {
			s := &stepCase{t: t, dir: dir}
			s.load()
			for name, f := range map[string]func(*testing.T){
				"train": func(t *testing.T) { s.gradients(t, "train", true) },
				"eval":  func(t *testing.T) { s.gradients(t, "eval", false) },
				"sgd3":  s.threeSteps,
			} {
				t.Run(name, func(t *testing.T) {
					s.b = testBackend(t) // belongs to this sub-test's thread
					f(t)
				})
			}
		})
	}
}

type stepCase struct {
	t       *testing.T
	dir     string
	b       graph.Backend
	net     *graph.Graph
	x       *graph.Tensor
	labels  []int
	summary struct {
		Train, Eval struct{ Loss float64 }
		SGD3        struct{ Losses []float64 } `json:"sgd3"`
	}
}

func (s *stepCase) load() {
	s.x = s.pb("input.pb")
	l := s.pb("labels.pb")
	for i := range l.Len() {
		s.labels = append(s.labels, int(l.At(i)))
	}
	m, err := onnx.Read(filepath.Join(filepath.Dir(s.dir), "model.onnx"), onnx.Options{Batch: s.x.Shape[0], Eval: ref.Evaluator{}})
	require.NoError(s.t, err)
	s.net = m.Graph
	b, err := os.ReadFile(filepath.Join(s.dir, "summary.json"))
	require.NoError(s.t, err)
	require.NoError(s.t, json.Unmarshal(b, &s.summary))
}

func (s *stepCase) pb(name ...string) *graph.Tensor {
	b, err := os.ReadFile(filepath.Join(append([]string{s.dir}, name...)...))
	require.NoError(s.t, err)
	v, _, err := onnx.ParseTensor(b)
	require.NoError(s.t, err)
	return v
}

// program trains every parameter with SGD; with decay 0 the momentum after one step
// is the gradient.
func (s *stepCase) program(batchStats bool, decay float32) (*graph.Program, graph.Executable) {
	group := graph.ParamGroup{Decay: decay}
	for _, p := range parameters(s.net) {
		group.Params = append(group.Params, p.name)
	}
	spec := graph.TrainSpec{Logits: s.net.Outputs[0], Groups: []graph.ParamGroup{group}, Optimiser: graph.Optimiser{Kind: "sgd"}}
	if batchStats {
		spec.BatchStats = func(*graph.Node) bool { return true }
	}
	p, err := graph.BuildTrain(s.net, spec)
	require.NoError(s.t, err)
	x, err := s.b.Compile(p, graph.CompileOptions{})
	require.NoError(s.t, err)
	return p, x
}

// step runs one step and returns the loss.
func (s *stepCase) step(t *testing.T, x graph.Executable, lr float32) float64 {
	k := s.net.Outputs[0].Shape[1]
	q := graph.NewTensor(graph.Float32, len(s.labels), k)
	for i, y := range s.labels {
		q.F32[i*k+y] = 1
	}
	for name, v := range map[string]*graph.Tensor{s.net.Inputs[0].Name: s.x, graph.TargetName: q,
		graph.InvName: graph.Scalar(1 / float32(len(s.labels))), graph.HyperName(0): graph.FromF32([]float32{lr, .9}, 2)} {
		require.NoError(t, x.Bind(name, v))
	}
	require.NoError(t, x.Step(context.Background()))
	var loss graph.Tensor
	require.NoError(t, x.Read(graph.LossName, &loss))
	return float64(loss.F32[0])
}

// gradients compares one step in a norm mode. A ReLU has two gradients at 0: where
// an exact pre-activation is 0 to within float32's rounding, the recorded gradient
// may be that of the other side, and one such element at a time is pushed over.
func (s *stepCase) gradients(t *testing.T, mode string, batchStats bool) {
	net := s.net
	err := s.oneStep(t, mode, batchStats)
	for _, k := range s.kinks(t, batchStats) {
		if err == nil {
			break
		}
		t.Logf("%v; %s[%d] is %.1e before its ReLU: trying the other side", err, k.value, k.at, k.x)
		s.net = k.pushed(t, net)
		err = s.oneStep(t, mode, batchStats)
		s.net = net
	}
	require.NoError(t, err)
}

// oneStep returns the first difference between a step and the recorded one.
func (s *stepCase) oneStep(t *testing.T, mode string, batchStats bool) error {
	p, x := s.program(batchStats, 0)
	defer x.Close()
	want := s.summary.Eval.Loss
	if batchStats {
		want = s.summary.Train.Loss
	}
	require.InEpsilon(t, want, s.step(t, x, 0), 1e-4)
	files, err := os.ReadDir(filepath.Join(s.dir, mode, "grad"))
	require.NoError(t, err)
	require.Len(t, parameters(s.net), len(files))
	for _, f := range files {
		if err := s.compare(t, x, graph.OptPrefix+"m/"+strings.TrimSuffix(f.Name(), ".pb"), s.pb(mode, "grad", f.Name())); err != nil {
			return err
		}
	}
	if !batchStats {
		return nil
	}
	files, err = os.ReadDir(filepath.Join(s.dir, mode, "buffers_after"))
	require.NoError(t, err)
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".pb")
		if p.Value(name) == nil {
			require.Contains(t, name, "num_batches_tracked")
			continue
		}
		if err := s.compare(t, x, name, s.pb(mode, "buffers_after", f.Name())); err != nil {
			return err
		}
	}
	return nil
}

// compare reads a state: ‖got − want‖ relative to ‖want‖ is at most 1e-3.
func (s *stepCase) compare(t *testing.T, x graph.Executable, name string, want *graph.Tensor) error {
	var got graph.Tensor
	require.NoError(t, x.Read(name, &got))
	require.Equal(t, want.Len(), got.Len(), name)
	var diff, norm float64
	for i := range want.Len() {
		d := got.At(i) - want.At(i)
		diff, norm = diff+d*d, norm+want.At(i)*want.At(i)
	}
	if math.Sqrt(diff) > 1e-3*math.Sqrt(norm)+1e-12 {
		return fmt.Errorf("%s differs by %.2e of its norm", name, math.Sqrt(diff/norm))
	}
	return nil
}

// kink is an element that is 0 to within rounding before its ReLU.
type kink struct {
	value string
	at    int
	x     float64
}

// kinks lists them, nearest to 0 first, from a run in float64.
func (s *stepCase) kinks(t *testing.T, batchStats bool) []kink {
	if batchStats {
		return nil // batch statistics shift every element; none is known here
	}
	var pre []*graph.Value
	for _, n := range s.net.Nodes {
		if a, ok := n.Op.(graph.Act); ok && a.Fn == graph.Relu {
			pre = append(pre, n.In[0])
		}
	}
	g, err := graph.Prune(s.net, pre...)
	require.NoError(t, err)
	x, err := ref.New().Compile(&graph.Program{Graph: g}, graph.CompileOptions{Precision: graph.Float64})
	require.NoError(t, err)
	defer x.Close()
	require.NoError(t, x.Bind(g.Inputs[0].Name, s.x))
	require.NoError(t, x.Step(context.Background()))
	var out []kink
	for _, o := range g.Outputs {
		v := graph.NewTensor(graph.Float64, o.Shape...)
		require.NoError(t, x.Read(o.Name, v))
		for i, e := range v.F64 {
			if math.Abs(e) < 1e-6 {
				out = append(out, kink{o.Name, i, e})
			}
		}
	}
	slices.SortFunc(out, func(a, b kink) int { return cmp.Compare(math.Abs(a.x), math.Abs(b.x)) })
	return out
}

// pushed returns net with the element moved to the other side of 0.
func (k kink) pushed(t *testing.T, net *graph.Graph) *graph.Graph {
	c := graph.NewCopier()
	c.Leaves(net)
	for _, n := range net.Nodes {
		require.NoError(t, c.Node(n))
		if v := net.Value(k.value); v.From == n {
			d := graph.NewTensor(graph.Float32, v.Shape...)
			d.F32[k.at] = float32(-math.Copysign(1e-6, k.x))
			w, err := c.Dst.Add1("push", graph.Binary{Fn: graph.Add}, c.Map[v], c.Dst.AddConst("push/by", d))
			require.NoError(t, err)
			c.Map[v] = w
		}
	}
	g, err := c.Finish(net)
	require.NoError(t, err)
	return g
}

func (s *stepCase) threeSteps(t *testing.T) {
	_, x := s.program(true, 1e-4)
	defer x.Close()
	for range 3 {
		s.step(t, x, .01)
	}
	files, err := os.ReadDir(filepath.Join(s.dir, "sgd3", "param_after"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		require.NoError(t, s.compare(t, x, strings.TrimSuffix(f.Name(), ".pb"), s.pb("sgd3", "param_after", f.Name())))
	}
}
