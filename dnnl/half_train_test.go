package dnnl

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/conformance"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// TestHalfTraining trains every real network that has a train_step folder on the
// pictures there, in f32 and in 16 bits: losses are within 2 % step by step, 16 bits
// twice give the same bits, and what changes in 16 bits is more than nothing.
func TestHalfTraining(t *testing.T) {
	needHalf(t)
	root := os.Getenv("GOTL_ASSETS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "assets")
	}
	dirs, err := filepath.Glob(filepath.Join(root, "models", "*", "train_step"))
	require.NoError(t, err)
	if len(dirs) == 0 {
		t.Skip("no assets with a train_step folder in ", root)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(filepath.Dir(dir)), func(t *testing.T) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			p, feed := stepProgram(t, dir)
			b, err := New()
			require.NoError(t, err)
			defer func() { require.NoError(t, b.Close()) }()
			const steps = 8
			want := losses(t, b, p, graph.Float32, feed, steps)
			got := losses(t, b, p, graph.BFloat16, feed, steps)
			require.Equal(t, got, losses(t, b, p, graph.BFloat16, feed, steps), "second run gives other bits")
			require.NotEqual(t, want, got)
			t.Logf("f32 %v, bf16 %v", want, got)
			for i, w := range want {
				require.InDelta(t, 1, float64(got[i])/float64(w), 2e-2, "step %d: f32 %v, bf16 %v", i, w, got[i])
			}
			oracle := losses(t, ref.New(), p, graph.BFloat16, feed, 3)
			t.Logf("reference in bf16 %v", oracle)
			for i, w := range oracle {
				require.InDelta(t, 1, float64(got[i])/float64(w), 1e-2, "step %d: reference %v, got %v", i, w, got[i])
			}
		})
	}
}

// stepProgram is one step of SGD with batch statistics on all parameters. The rate is
// small: ten pictures are learned by heart in two steps of 0.01, and a loss near 0 has no
// relative precision.
func stepProgram(t *testing.T, dir string) (*graph.Program, conformance.Feed) {
	x, labels := tensorPB(t, dir, "input.pb"), tensorPB(t, dir, "labels.pb")
	files, err := filepath.Glob(filepath.Join(dir, "..", "*.onnx"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	m, err := onnx.Read(files[0], onnx.Options{Batch: x.Shape[0], Eval: ref.Evaluator{}})
	require.NoError(t, err)
	spec := graph.TrainSpec{Logits: m.Graph.Outputs[0], Groups: []graph.ParamGroup{{Params: trainable(m.Graph), Decay: 1e-4}},
		Optimiser: graph.Optimiser{Kind: "sgd"}, BatchStats: func(*graph.Node) bool { return true }}
	p, err := graph.BuildTrain(m.Graph, spec)
	require.NoError(t, err)
	n, k := p.Value(graph.TargetName).Shape[0], p.Value(graph.TargetName).Shape[1]
	target := graph.NewTensor(graph.Float32, n, k)
	for i, c := range labels.I64 {
		target.F32[i*k+int(c)] = 1
	}
	return p, conformance.Feed{m.Graph.Inputs[0].Name: x, graph.TargetName: target, graph.InvName: graph.FromF32([]float32{1 / float32(n)}, 1),
		graph.HyperName(0): graph.FromF32([]float32{2e-4, 0.9}, 2)}
}

// trainable returns weights and biases of convolutions, normalisations and linear layers.
func trainable(g *graph.Graph) []string {
	seen, names := map[string]bool{}, []string(nil)
	for _, n := range g.Nodes {
		last := 3
		switch n.Op.(type) {
		case graph.Conv, graph.Gemm, graph.BatchNorm:
		default:
			continue
		}
		for _, v := range n.In[1:min(last, len(n.In))] {
			if v != nil && v.Kind == graph.Const && !seen[v.Name] {
				seen[v.Name] = true
				names = append(names, v.Name)
			}
		}
	}
	return names
}

func tensorPB(t *testing.T, dir, name string) *graph.Tensor {
	data, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	x, _, err := onnx.ParseTensor(data)
	require.NoError(t, err)
	return x
}

// losses returns the loss of each step.
func losses(t *testing.T, b graph.Backend, p *graph.Program, d graph.DType, feed conformance.Feed, steps int) []float32 {
	x, err := b.Compile(p, graph.CompileOptions{Precision: d})
	require.NoError(t, err)
	defer func() { require.NoError(t, x.Close()) }()
	for name, v := range feed {
		require.NoError(t, x.Bind(name, v), name)
	}
	var l []float32
	for range steps {
		require.NoError(t, x.Step(context.Background()))
		var v graph.Tensor
		v.DType = graph.Float32
		require.NoError(t, x.Read(graph.LossName, &v))
		require.False(t, math.IsNaN(float64(v.F32[0])))
		l = append(l, v.F32[0])
	}
	return l
}
