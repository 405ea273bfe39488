package throughput

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/gotl-gpu/gotl-gpu/graph/zoo"
)

func small(t *testing.T, name string) *Net {
	t.Helper()
	n, err := zooAt(name, zoo.Options{Batch: 2, Size: 32, Classes: 10})
	require.NoError(t, err)
	return n
}

// TestWhatTrains checks the parameters of each task by name: all, the last stage
// with the head (BENCH §2: layer4; last block and last 1x1), the head.
func TestWhatTrains(t *testing.T) {
	for _, c := range []struct {
		net, boundary string
		all           int
		last          []string // scopes
		head          []string
	}{
		// 20 convolutions, 20 norms of two, fc of two
		{"resnet18", "layer3.1.relu_1", 62, []string{"layer4.", "fc."}, []string{"fc.weight", "fc.bias"}},
		{"mobilenet_v2", "features.16.add", 158, []string{"features.17.", "features.18.", "classifier."}, []string{"classifier.1.weight", "classifier.1.bias"}},
		{"efficientnet_lite0", "_blocks.14.add", 149, []string{"_blocks.15.", "_conv_head.", "_bn1.", "_fc."}, []string{"_fc.weight", "_fc.bias"}},
	} {
		n := small(t, c.net)
		require.Equal(t, c.boundary, n.Boundary.Name)
		for _, task := range []Task{Full, Affine, Last, CachedLast, Head, CachedHead} {
			p, err := Program(n, task)
			require.NoError(t, err)
			got := momenta(p)
			switch task {
			case Full, Affine:
				require.Len(t, got, c.all, c.net)
			case Head, CachedHead:
				require.ElementsMatch(t, c.head, got, c.net)
			default:
				for _, v := range n.Graph.Consts {
					in := slices.ContainsFunc(c.last, func(s string) bool { return strings.HasPrefix(v.Name, s) })
					require.Equal(t, in && !strings.Contains(v.Name, "running_"), slices.Contains(got, v.Name), "%s %s %s", c.net, task, v.Name)
				}
			}
		}
	}
}

func momenta(p *graph.Program) []string {
	var names []string
	for _, s := range p.States {
		if name, ok := strings.CutPrefix(s.Name, graph.OptPrefix+"m/"); ok {
			names = append(names, name)
		}
	}
	return names
}

// kinds counts the operators of a program.
func kinds(p *graph.Program) map[string]int {
	k := map[string]int{}
	for _, n := range p.Nodes {
		k[n.Op.Kind()]++
	}
	return k
}

// TestFormOfTheTasks: the prefix is in inference form (no BatchNorm is left), cached
// tasks do not compute it, and no task trains below its cut.
func TestFormOfTheTasks(t *testing.T) {
	n := small(t, "resnet18")
	program := func(task Task) *graph.Program {
		p, err := Program(n, task)
		require.NoError(t, err)
		return p
	}
	grads := func(p *graph.Program) int {
		k := 0
		for _, n := range p.Nodes {
			if strings.Contains(n.Op.Kind(), "ConvGradWeight") {
				k++
			}
		}
		return k
	}
	require.Equal(t, 20, grads(program(Full)))
	require.Equal(t, 5, grads(program(Last)), "layer4 has 5 convolutions")
	require.Equal(t, 5, grads(program(CachedLast)))
	require.Zero(t, grads(program(Head)))
	require.Zero(t, kinds(program(Head))["BatchNorm"])
	require.Zero(t, kinds(program(Infer))["BatchNorm"])
	require.Zero(t, kinds(program(CachedHead))["FusedConv"])

	c := program(CachedLast)
	require.Equal(t, graph.Shape{2, 256, 2, 2}, c.Inputs[0].Shape, "32 pixels through four halvings")
	require.NotNil(t, program(CachedHead).Value("flatten"))
	require.Nil(t, program(CachedHead).Value(zoo.InputName))
	require.Less(t, len(c.Nodes), len(program(Last).Nodes))
}

func TestRound(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, task := range []Task{Full, CachedHead, Infer} {
		n, err := zooAt("resnet18", zoo.Options{Batch: 2, Size: 64, Classes: 10})
		require.NoError(t, err)
		b, err := Prepare(engine(t), n, task)
		require.NoError(t, err)
		_, err = b.Round(t.Context(), 0, 2)
		require.NoError(t, err)
		r, err := b.Round(t.Context(), 0, 5)
		require.NoError(t, err)
		require.Equal(t, 5, r.Steps)
		require.Positive(t, r.Best)
		require.LessOrEqual(t, r.Best, r.Median)
		require.LessOrEqual(t, 5*r.Best, r.Seconds*1.0001)
		require.InDelta(t, 1, r.Calls, 1e-9, "a step is one call of C")
		require.Less(t, r.Faults, 50., "no page faults after the first step")
		require.Positive(t, b.Plan.Bytes())
		r, err = b.Round(t.Context(), .02, 1)
		require.NoError(t, err)
		require.GreaterOrEqual(t, r.Seconds, .02)
		require.NoError(t, b.Close())
	}
}

func TestMemory(t *testing.T) {
	ResetPeak()
	before := ReadMemory("self")
	require.Positive(t, before.Now)
	block := bytes.Repeat([]byte{1}, 64<<20)
	after := ReadMemory("self")
	require.Greater(t, after.Peak, before.Now+60<<20)
	runtime.KeepAlive(block)
	require.Zero(t, ReadMemory("none"))
}

// TestRunOnFile times a network that was written as ONNX: its own last block and
// classifier are found.
func TestRunOnFile(t *testing.T) {
	n := small(t, "mobilenet_v2")
	file := filepath.Join(t.TempDir(), "net.onnx")
	w, err := os.Create(file)
	require.NoError(t, err)
	require.NoError(t, onnx.Write(w, n.Graph, onnx.Meta{}))
	require.NoError(t, w.Close())
	var rows []Result
	err = Run(t.Context(), Settings{Model: file, Batch: "3", Tasks: "last,cached-last,cached-head,infer", Device: "cpu"},
		func(string) (graph.Backend, error) { return engine(t), nil }, func(r Result) { rows = append(rows, r) })
	require.NoError(t, err)
	require.Len(t, rows, 5)
	for i, want := range []int{3, 3, 3, 1, 16} {
		require.Equal(t, want, rows[i].Batch)
		require.Positive(t, rows[i].Median)
		require.GreaterOrEqual(t, rows[i].Best, rows[i].Median)
		require.Empty(t, rows[i].Note)
	}
}

// TestFeaturesOnly gives a network without classifier a linear layer, and one
// without blocks no last stage.
func TestFeaturesOnly(t *testing.T) {
	g := graph.New()
	x := g.AddInput("x", graph.Type{DType: graph.Float32, Shape: graph.Shape{2, 3, 8, 8}}, true)
	w := g.AddConst("w", graph.NewTensor(graph.Float32, 4, 3, 3, 3))
	y, err := g.Add1("conv", graph.Conv{Window: graph.Window2D(3, 1, 1), Groups: 1}, x, w)
	require.NoError(t, err)
	y, err = g.Add1("relu", graph.Act{Fn: graph.Relu}, y)
	require.NoError(t, err)
	g.Outputs = []*graph.Value{y}
	n, err := newNet("net", g)
	require.NoError(t, err)
	require.Equal(t, graph.Shape{2, 2}, n.Logits.Shape)
	for _, task := range []Task{Last, CachedLast} {
		_, err = Program(n, task)
		require.ErrorIs(t, err, fault.ErrModel)
	}
	for _, task := range []Task{Full, Affine, Head, CachedHead, Infer} {
		_, err = Program(n, task)
		require.NoError(t, err, task)
	}
}

func TestParseTasks(t *testing.T) {
	all, err := ParseTasks("all")
	require.NoError(t, err)
	require.Len(t, all, 7)
	some, err := ParseTasks("infer, full")
	require.NoError(t, err)
	require.Equal(t, []Task{Infer, Full}, some)
	_, err = ParseTasks("ful")
	require.ErrorIs(t, err, fault.ErrUsage)
}

func TestErrors(t *testing.T) {
	open := func(string) (graph.Backend, error) { return ref.New(), nil }
	none := func(Result) { t.Fatal("no row expected") }
	require.ErrorIs(t, Run(t.Context(), Settings{Model: "nowhere.onnx"}, open, none), fault.ErrModel)
	require.ErrorIs(t, Run(t.Context(), Settings{Tasks: "x"}, open, none), fault.ErrUsage)
	require.ErrorIs(t, Run(t.Context(), Settings{Batch: "0"}, open, none), fault.ErrUsage)
	n := small(t, "resnet18")
	_, err := behind(n.Graph, n.Graph.Value("layer1.0.bn2"), n.Logits)
	require.ErrorIs(t, err, fault.ErrModel, "the shortcut goes around it")
}

func TestUnknownTask(t *testing.T) {
	_, err := Program(small(t, "resnet18"), "half")
	require.ErrorIs(t, err, fault.ErrUsage)
}
