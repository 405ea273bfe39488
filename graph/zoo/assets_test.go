package zoo_test

import (
	"encoding/json"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/gotl-gpu/gotl-gpu/graph/zoo"
)

// golden is one published architecture of the test material: names and shapes in
// state-dict order, logits for formula weights computed by PyTorch.
type golden struct {
	Source string    `json:"source"`
	Name   string    `json:"name"`
	Size   int       `json:"size"`
	Floats int       `json:"floats"` // of all tensors
	Params [][2]any  `json:"params"`
	Logits []float64 `json:"logits"`
}

func (g golden) name(i int) string { return g.Params[i][0].(string) }

func (g golden) shape(i int) graph.Shape {
	s := graph.Shape{}
	for _, d := range g.Params[i][1].([]any) {
		s = append(s, int(d.(float64)))
	}
	return s
}

// ours names our architecture: torchvision's own name, or timm's for networks
// ported from TensorFlow. Other builds of a network (timm's resnet18) have names
// of their own.
func (g golden) ours(file string) string {
	if strings.HasPrefix(file, "timm-") {
		name, ok := strings.CutPrefix(g.Name, "tf_")
		if !ok {
			return ""
		}
		return name
	}
	return g.Name
}

// TestGoldenArchitectures compares names, shapes and logits of every architecture
// of ours that the test material has. timm's names differ from those of the package
// that Lite follows; their order is the same, and formula weights go by the file's.
func TestGoldenArchitectures(t *testing.T) {
	found := 0
	for _, file := range goldenFiles(t) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var want golden
		require.NoError(t, json.Unmarshal(text, &want))
		name := want.ours(filepath.Base(file))
		if _, ok := zoo.Lookup(name); !ok {
			continue
		}
		found++
		if testing.Short() && want.Floats > 15e6 {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) { checkGolden(t, name, want) })
	}
	require.NotZero(t, found, "the material has none of our architectures")
}

func checkGolden(t *testing.T, name string, want golden) {
	i := 0
	g, err := zoo.Build(name, zoo.Options{Size: want.Size, Source: func(w zoo.Weight) (graph.Data, error) {
		for strings.HasSuffix(want.name(i), "num_batches_tracked") {
			i++
		}
		require.Equal(t, want.shape(i), w.Shape, "%s, there %s", w.Name, want.name(i))
		if strings.Contains(want.name(i), "layer") || strings.HasPrefix(want.name(i), "features") {
			require.Equal(t, want.name(i), w.Name)
		}
		i++
		return formula(want.name(i-1), w.Shape), nil
	}})
	require.NoError(t, err)
	require.Equal(t, len(want.Params), i)
	got := logits(t, g)
	require.Len(t, got, len(want.Logits))
	largest := 0.0
	for _, x := range want.Logits {
		largest = max(largest, math.Abs(x))
	}
	for k, x := range want.Logits {
		require.InDelta(t, x, got[k], 1e-3*largest, "logit %d", k)
	}
}

// formula is the content of the tensor called name; see the material's NOTES.
func formula(name string, s graph.Shape) *graph.Tensor {
	t := graph.NewTensor(graph.Float32, s...)
	sum := uint64(crc32.ChecksumIEEE([]byte(name)))
	scale, base := .2, 0.
	if len(s) > 1 {
		scale = math.Sqrt(24 / float64(s[1:].Len()))
	} else if strings.HasSuffix(name, "running_var") || strings.HasSuffix(name, "weight") {
		scale, base = .4, 1
	}
	for i := range t.F32 {
		u := float64((uint64(i)*7919+sum)%65521)/65521 - .5
		t.F32[i] = float32(base + scale*u)
	}
	return t
}

// logits runs g on the material's input with the reference back end.
func logits(t *testing.T, g *graph.Graph) []float32 {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p, err := graph.BuildInfer(g, nil, g.Outputs...)
	require.NoError(t, err)
	out := p.Outputs[0].Name
	x, err := ref.New().Compile(p, graph.CompileOptions{})
	require.NoError(t, err)
	defer x.Close()
	in := graph.NewTensor(graph.Float32, g.Inputs[0].Shape...)
	for i := range in.F32 {
		in.F32[i] = float32(float64((i*31+7)%255)/127.5 - 1)
	}
	require.NoError(t, x.Bind(p.Inputs[0].Name, in))
	require.NoError(t, x.Step(t.Context()))
	var y graph.Tensor
	require.NoError(t, x.Read(out, &y))
	return y.F32
}

// TestExportsOfTheSameNetworks builds an architecture from the weights of every
// ONNX file of the material whose initializers have its names and shapes, and
// compares with the file's own graph: names, topology, padding and eps.
func TestExportsOfTheSameNetworks(t *testing.T) {
	root := assets(t)
	var files []string
	for _, pattern := range []string{"models/*/*.onnx", "conformance/real-exports/*.onnx"} {
		fs, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		files = append(files, fs...)
	}
	found := 0
	for _, file := range files {
		m, err := onnx.Read(file, onnx.Options{Batch: 1, Eval: ref.Evaluator{}})
		if err != nil {
			continue // package onnx has tests of its own
		}
		in, err := m.Image()
		if err != nil {
			continue
		}
		for _, name := range zoo.Names() {
			g, err := zoo.Build(name, zoo.Options{Size: in.Shape[2], Source: func(w zoo.Weight) (graph.Data, error) {
				if v := m.Graph.Value(w.Name); v != nil && v.Kind == graph.Const {
					return v.Data, nil
				}
				return nil, fault.ErrModel
			}})
			if err != nil {
				continue
			}
			found++
			want := logits(t, m.Graph)
			got := logits(t, g)
			require.Len(t, got, len(want))
			for k := range want {
				require.InDelta(t, want[k], got[k], 1e-3, "%s of %s, logit %d", name, file, k)
			}
		}
	}
	require.NotZero(t, found, "no file has the names of an architecture")
	t.Logf("%d files", found)
}

func goldenFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(assets(t), "conformance", "architectures", "*.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("no architectures among the test material")
	}
	return files
}

// assets is the folder of the test material ($GOTL_ASSETS, default ../shared/assets
// beside the repository), or skips.
func assets(t *testing.T) string {
	t.Helper()
	root := os.Getenv("GOTL_ASSETS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "assets")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skipf("test material is not here: %v (set GOTL_ASSETS)", err)
	}
	return root
}
