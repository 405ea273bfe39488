package zoo_test

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/gotl-gpu/gotl-gpu/graph/weights"
	wt "github.com/gotl-gpu/gotl-gpu/graph/weights/weightstest"
	"github.com/gotl-gpu/gotl-gpu/graph/zoo"
)

// TestPublishedWeights loads every PyTorch or safetensors file among the models of
// the test material into the architecture that it fits and compares with the ONNX
// files beside it that keep their norms, on random input.
func TestPublishedWeights(t *testing.T) {
	if testing.Short() {
		t.Skip("long: a network at full size")
	}
	var files []string
	for _, ext := range []string{"pth", "pt", "bin", "safetensors"} {
		fs, err := filepath.Glob(filepath.Join(assets(t), "models", "*", "*."+ext))
		require.NoError(t, err)
		files = append(files, fs...)
	}
	if len(files) == 0 {
		t.Skip("no weights among the test material")
	}
	for _, file := range files {
		s, err := weights.Open(file)
		require.NoError(t, err)
		defer s.Close()
		names := zoo.Fitting(s)
		require.NotEmpty(t, names, "%s fits no architecture", file)
		compareWithExports(t, names[0], s)
	}
}

func compareWithExports(t *testing.T, name string, s *weights.Set) {
	t.Helper()
	exports, err := filepath.Glob(filepath.Join(filepath.Dir(s.Path), "*.onnx"))
	require.NoError(t, err)
	compared := 0
	for _, file := range exports {
		m, err := onnx.Read(file, onnx.Options{Batch: 1, Eval: ref.Evaluator{}})
		require.NoError(t, err)
		in, err := m.Image()
		require.NoError(t, err)
		g, _, err := zoo.Load(name, s, zoo.Options{Size: in.Shape[2]})
		require.NoError(t, err)
		x := graph.NewTensor(graph.Float32, in.Shape...)
		r := philox.New(7, 0, 0, "input")
		for i := range x.F32 {
			x.F32[i] = float32(r.Normal(uint32(i)))
		}
		want, got := evaluate(t, m.Graph, x), evaluate(t, g, x)
		require.Len(t, got, len(want))
		for k := range want {
			require.InDelta(t, want[k], got[k], 1e-4, "%s: logit %d", file, k)
		}
		compared++
	}
	require.NotZero(t, compared)
}

// tensors are those of a network of ours, all zero.
func tensors(t *testing.T, name string, o zoo.Options) []weights.Named {
	t.Helper()
	o.Source = zeros
	g, err := zoo.Build(name, o)
	require.NoError(t, err)
	var ts []weights.Named
	for _, v := range g.Consts {
		ts = append(ts, weights.Named{Name: v.Name, Data: v.Data})
	}
	return ts
}

func open(t *testing.T, b []byte) *weights.Set {
	t.Helper()
	s, err := weights.Read(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	return s
}

func safetensors(t *testing.T, ts []weights.Named) *weights.Set {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, weights.EncodeSafetensors(&b, ts, nil))
	return open(t, b.Bytes())
}

// TestRoundTrips writes each architecture of the test material with formula weights
// and counters of batches in all containers and loads it again: the same constants.
func TestRoundTrips(t *testing.T) {
	for _, file := range goldenFiles(t) {
		want := readGolden(t, file)
		if _, ok := zoo.Lookup(want.ours()); !ok || want.Floats > 9e6 || testing.Short() && want.Floats > 2e6 {
			continue // size adds nothing but time
		}
		var ts []weights.Named
		for i := range want.Params {
			ts = append(ts, weights.Named{Name: want.name(i), Data: formula(want.name(i), want.shape(i))})
		}
		for _, s := range []*weights.Set{safetensors(t, ts), open(t, wt.Zip(ts)), open(t, wt.Legacy(ts))} {
			g, notes, err := zoo.Load(want.ours(), s, zoo.Options{Size: want.Size})
			require.NoError(t, err)
			require.Empty(t, notes)
			for _, v := range g.Consts {
				require.Equal(t, formula(v.Name, v.Shape).F32, v.Data.(*graph.Tensor).F32, "%s: %s", want.Name, v.Name)
			}
		}
	}
}

// TestKeysThatDoNotFit: a message names the first ones and their number, and what fits.
func TestKeysThatDoNotFit(t *testing.T) {
	ts := tensors(t, "resnet18", zoo.Options{})
	without := slices.DeleteFunc(slices.Clone(ts), func(n weights.Named) bool { return strings.HasPrefix(n.Name, "layer4.1.") })
	with := append(slices.Clone(ts), weights.Named{Name: "layer5.weight", Data: graph.Scalar(1)}, weights.Named{Name: "bn1.num_batches_tracked", Data: graph.Scalar(1)})
	other := slices.Clone(ts)
	other[0].Data = graph.NewTensor(graph.Float32, 64, 1, 7, 7)
	for _, c := range []struct {
		name string
		ts   []weights.Named
		want string
	}{
		{"resnet18", without, "10 missing: layer4.1.conv1.weight, layer4.1.bn1.weight, layer4.1.bn1.bias, …"},
		{"resnet18", with, "1 not in the network: layer5.weight"},
		{"resnet18", other, "1 of another shape or type: conv1.weight [64 1 7 7], want [64 3 7 7]"},
		{"resnet34", ts, "80 missing: "},
	} {
		_, _, err := zoo.Load(c.name, safetensors(t, c.ts), zoo.Options{})
		require.ErrorIs(t, err, fault.ErrModel)
		require.ErrorContains(t, err, c.want)
	}
	_, _, err := zoo.Load("resnet34", safetensors(t, ts), zoo.Options{})
	require.Contains(t, fault.Format(err), "these tensors fit: resnet18")
	_, _, err = zoo.Load("resnet19", safetensors(t, ts), zoo.Options{})
	require.ErrorIs(t, err, fault.ErrUsage)
}

func TestClassifierMayDiffer(t *testing.T) {
	s := safetensors(t, tensors(t, "resnet18", zoo.Options{Classes: 5}))
	g, notes, err := zoo.Load("resnet18", s, zoo.Options{})
	require.NoError(t, err)
	require.Empty(t, notes)
	require.Equal(t, graph.Shape{1, 5}, g.Outputs[0].Shape, "the file's own classes")

	g, notes, err = zoo.Load("resnet18", s, zoo.Options{Classes: 7, Seed: 9})
	require.NoError(t, err)
	require.Len(t, notes, 2)
	require.Contains(t, notes[0], "fc.weight [5 512] of the file is for 5 classes and drawn anew")
	require.Equal(t, graph.Shape{1, 7}, g.Outputs[0].Shape)
	drawn, err := zoo.Build("resnet18", zoo.Options{Classes: 7, Seed: 9})
	require.NoError(t, err)
	require.Equal(t, drawn.Value("fc.weight").Data, g.Value("fc.weight").Data)
	require.NotEqual(t, drawn.Value("conv1.weight").Data, g.Value("conv1.weight").Data)

	headless := slices.DeleteFunc(tensors(t, "resnet18", zoo.Options{}), func(n weights.Named) bool { return strings.HasPrefix(n.Name, "fc.") })
	g, notes, err = zoo.Load("resnet18", safetensors(t, headless), zoo.Options{})
	require.NoError(t, err)
	require.Len(t, notes, 2)
	require.Contains(t, notes[0], "fc.weight is not in the file and drawn anew")
	require.Equal(t, graph.Shape{1, 1000}, g.Outputs[0].Shape)
}

// Published DenseNets have a dot that today's lack; GoogLeNet's files have auxiliary
// classifiers. Source: torchvision/models/densenet.py, _load_state_dict; googlenet.py.
func TestKeysOfPublishedFiles(t *testing.T) {
	ts := tensors(t, "densenet121", zoo.Options{})
	dot := regexp.MustCompile(`(denselayer\d+\.(?:norm|conv))([12])\.`)
	for i := range ts {
		ts[i].Name = dot.ReplaceAllString(ts[i].Name, "$1.$2.")
	}
	_, notes, err := zoo.Load("densenet121", safetensors(t, ts), zoo.Options{Size: 32})
	require.NoError(t, err)
	require.Empty(t, notes)

	ts = append(tensors(t, "googlenet", zoo.Options{}), weights.Named{Name: "aux1.fc1.weight", Data: graph.Scalar(1)})
	_, notes, err = zoo.Load("googlenet", safetensors(t, ts), zoo.Options{Size: 64})
	require.NoError(t, err)
	require.Len(t, notes, 1)
	require.Contains(t, notes[0], "1 tensors under aux1., aux2. serve training only")
}

// Integers are not taken for weights.
func TestQuantisedWeights(t *testing.T) {
	head := `{"conv1.weight":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}`
	s := open(t, append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(head))), head...), 1))
	_, _, err := zoo.Load("resnet18", s, zoo.Options{})
	require.ErrorIs(t, err, fault.ErrModel)
	require.ErrorContains(t, err, "conv1.weight of I8, want floats")
}
