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
	"github.com/gotl-gpu/gotl-gpu/graph/weights"
	wt "github.com/gotl-gpu/gotl-gpu/graph/weights/weightstest"
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
	Config struct {  // timm only
		InputSize     [3]int  `json:"input_size"`
		CropPct       float64 `json:"crop_pct"`
		Interpolation string  `json:"interpolation"`
		Mean, Std     [3]float64
		Classifier    string `json:"classifier"`
	} `json:"config"`
}

func (g golden) name(i int) string { return g.Params[i][0].(string) }

func (g golden) shape(i int) graph.Shape {
	s := graph.Shape{}
	for _, d := range g.Params[i][1].([]any) {
		s = append(s, int(d.(float64)))
	}
	return s
}

// ours names our architecture: torchvision's own name, or timm/NAME.
func (g golden) ours() string {
	if g.Source == "timm" {
		return "timm/" + g.Name
	}
	return g.Name
}

// TestGoldenArchitectures compares names, shapes and logits of every architecture
// of ours that the test material has; short runs leave out those of many parameters.
func TestGoldenArchitectures(t *testing.T) {
	found, missing := 0, []string{}
	for _, file := range goldenFiles(t) {
		want := readGolden(t, file)
		if _, ok := zoo.Lookup(want.ours()); !ok {
			missing = append(missing, want.ours())
			continue
		}
		found++
		if testing.Short() && want.Floats > 3e6 {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) { checkGolden(t, want) })
	}
	require.NotZero(t, found, "the material has none of our architectures")
	t.Logf("%d of %d architectures; not built: %s", found, found+len(missing), strings.Join(missing, ", "))
}

func readGolden(t *testing.T, file string) golden {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var g golden
	require.NoError(t, json.Unmarshal(text, &g))
	return g
}

// checkGolden demands the same names in the same order, but for counters of batches.
func checkGolden(t *testing.T, want golden) {
	i := 0
	g, err := zoo.Build(want.ours(), zoo.Options{Size: want.Size, Source: func(w zoo.Weight) (graph.Data, error) {
		for i < len(want.Params) && strings.HasSuffix(want.name(i), "num_batches_tracked") {
			i++
		}
		require.Less(t, i, len(want.Params), "%s is too many", w.Name)
		require.Equal(t, want.name(i), w.Name)
		require.Equal(t, want.shape(i), w.Shape, w.Name)
		i++
		return formula(w.Name, w.Shape), nil
	}})
	require.NoError(t, err)
	for ; i < len(want.Params); i++ {
		require.True(t, strings.HasSuffix(want.name(i), "num_batches_tracked"), "%s is missing", want.name(i))
	}
	got := logits(t, g)
	require.Len(t, got, len(want.Logits))
	largest, worst := 0.0, 0.0
	for k, x := range want.Logits {
		largest = max(largest, math.Abs(x))
		worst = max(worst, math.Abs(x-float64(got[k])))
	}
	require.LessOrEqual(t, worst, 1e-3*largest, "largest difference of logits; largest logit %v", largest)
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
	in := graph.NewTensor(graph.Float32, g.Inputs[0].Shape...)
	for i := range in.F32 {
		in.F32[i] = float32(float64((i*31+7)%255)/127.5 - 1)
	}
	return evaluate(t, g, in)
}

// evaluate runs g with the reference back end.
func evaluate(t *testing.T, g *graph.Graph, in *graph.Tensor) []float32 {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p, err := graph.BuildInfer(g, nil, g.Outputs...)
	require.NoError(t, err)
	out := p.Outputs[0].Name
	x, err := ref.New().Compile(p, graph.CompileOptions{})
	require.NoError(t, err)
	defer x.Close()
	require.NoError(t, x.Bind(p.Inputs[0].Name, in))
	require.NoError(t, x.Step(t.Context()))
	var y graph.Tensor
	require.NoError(t, x.Read(out, &y))
	return y.F32
}

// TestExportsOfTheSameNetworks builds architectures from the weights of every ONNX
// file of the material whose initializers have their names and shapes, and compares
// with the file's own graph: names, topology, padding and eps. Of architectures with
// equal parameters one must be right.
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
		fits := builtFrom(m.Graph, in.Shape[2])
		if len(fits) == 0 || testing.Short() && m.Graph.Inputs[0].Shape.Len() > 1e5 {
			continue
		}
		found++
		want, best := logits(t, m.Graph), math.Inf(1)
		for name, g := range fits {
			best = min(best, apart(want, logits(t, reloaded(t, name, in.Shape[2], g))))
		}
		require.LessOrEqual(t, best, 1e-3, file)
	}
	require.NotZero(t, found, "no file has the names of an architecture")
	t.Logf("%d files", found)
}

// builtFrom is every architecture that has the constants of g.
func builtFrom(g *graph.Graph, size int) map[string]*graph.Graph {
	fits := map[string]*graph.Graph{}
	for _, name := range zoo.Names() {
		if strings.HasPrefix(name, "timm/resn") {
			continue // torchvision's
		}
		built, err := zoo.Build(name, zoo.Options{Size: size, Source: func(w zoo.Weight) (graph.Data, error) {
			if v := g.Value(w.Name); v != nil && v.Kind == graph.Const {
				return v.Data, nil
			}
			return nil, fault.ErrModel
		}})
		if err == nil {
			fits[name] = built
		}
	}
	return fits
}

// reloaded is g with its constants gone through a PyTorch file.
func reloaded(t *testing.T, name string, size int, g *graph.Graph) *graph.Graph {
	t.Helper()
	var ts []weights.Named
	for _, v := range g.Consts {
		ts = append(ts, weights.Named{Name: v.Name, Data: v.Data})
	}
	g, _, err := zoo.Load(name, open(t, wt.Zip(ts)), zoo.Options{Size: size})
	require.NoError(t, err)
	return g
}

// apart is the largest difference.
func apart(a, b []float32) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	d := 0.
	for i := range a {
		d = max(d, math.Abs(float64(a[i])-float64(b[i])))
	}
	return d
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
