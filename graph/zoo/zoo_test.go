package zoo_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/zoo"
)

// zeros is a source that costs nothing.
func zeros(w zoo.Weight) (graph.Data, error) { return empty{w.Shape}, nil }

// empty is a constant of zeros without memory.
type empty struct{ shape graph.Shape }

func (e empty) Type() graph.Type { return graph.Type{DType: graph.Float32, Shape: e.shape} }

func (e empty) Fill(dst []float32, _ int) error {
	clear(dst)
	return nil
}

// TestParameterCounts compares with the counts published in torchvision's model
// table and, for EfficientNet-Lite, in timm's results (tf_efficientnet_lite*).
// Running statistics are not parameters.
func TestParameterCounts(t *testing.T) {
	for name, want := range map[string]int{
		"resnet18": 11689512, "resnet34": 21797672, "resnet50": 25557032, "resnet101": 44549160, "resnet152": 60192808,
		"mobilenet_v2": 3504872, "efficientnet_lite0": 4652008, "efficientnet_lite1": 5416680, "efficientnet_lite2": 6092072,
		"efficientnet_lite3": 8197096, "efficientnet_lite4": 13006568,
	} {
		g, err := zoo.Build(name, zoo.Options{Source: zeros})
		require.NoError(t, err)
		n := 0
		for _, v := range g.Consts {
			if !strings.Contains(v.Name, ".running_") {
				n += v.Shape.Len()
			}
		}
		require.Equal(t, want, n, name)
	}
}

func TestEveryArchitecture(t *testing.T) {
	for _, name := range zoo.Names() {
		a, ok := zoo.Lookup(name)
		require.True(t, ok)
		g, err := zoo.Build(name, zoo.Options{Batch: 2, Classes: 7, Source: zeros})
		require.NoError(t, err, name)
		require.NoError(t, g.Validate(), name)
		require.Equal(t, graph.Shape{2, 3, a.Size, a.Size}, g.Value(zoo.InputName).Shape, name)
		require.Equal(t, graph.Shape{2, 7}, g.Value(zoo.LogitsName).Shape, name)
		found := false
		for _, n := range g.Nodes {
			found = found || n.Name == a.LastStage || strings.HasPrefix(n.Name, a.LastStage+".")
		}
		require.True(t, found, "%s has no %s", name, a.LastStage)
	}
}

func TestSizeAndBatchAreFree(t *testing.T) {
	for _, name := range []string{"resnet50", "mobilenet_v2", "efficientnet_lite0"} {
		for _, size := range []int{33, 64, 97} {
			g, err := zoo.Build(name, zoo.Options{Size: size, Batch: 3, Source: zeros})
			require.NoError(t, err)
			g, err = graph.Rebatch(g, 5)
			require.NoError(t, err)
			require.Equal(t, graph.Shape{5, 1000}, g.Outputs[0].Shape)
		}
	}
}

func TestRandomWeights(t *testing.T) {
	build := func(seed uint64) *graph.Graph {
		g, err := zoo.Build("resnet18", zoo.Options{Size: 32, Seed: seed})
		require.NoError(t, err)
		return g
	}
	a, b, c := build(1), build(1), build(2)
	tensor := func(g *graph.Graph, name string) *graph.Tensor { return g.Value(name).Data.(*graph.Tensor) }
	require.Equal(t, tensor(a, "layer1.0.conv1.weight"), tensor(b, "layer1.0.conv1.weight"))
	require.NotEqual(t, tensor(a, "layer1.0.conv1.weight"), tensor(c, "layer1.0.conv1.weight"))
	// N(0, 2/(k²·out)): 2.4 million draws, the variance is known to a per mille
	sum, w := 0.0, tensor(a, "layer4.1.conv2.weight")
	for _, x := range w.F32 {
		sum += float64(x) * float64(x)
	}
	require.InEpsilon(t, 2./(9*512), sum/float64(w.Len()), .01)
	require.Equal(t, float32(1), tensor(a, "bn1.weight").F32[3])
	require.Equal(t, float32(1), tensor(a, "bn1.running_var").F32[3])
	require.Zero(t, tensor(a, "bn1.bias").F32[3])
}

func TestErrors(t *testing.T) {
	_, err := zoo.Build("resnet19", zoo.Options{})
	require.ErrorIs(t, err, fault.ErrUsage)
	require.ErrorContains(t, err, "resnet18, ")
	_, err = zoo.Build("shuffle", zoo.Options{})
	require.ErrorContains(t, err, "shufflenet_v2_x0_5, shufflenet_v2_x1_0, shufflenet_v2_x1_5, shufflenet_v2_x2_0 among them")
	_, err = zoo.Build("x", zoo.Options{})
	require.ErrorIs(t, err, fault.ErrUsage)
	_, err = zoo.Build("resnet18", zoo.Options{Source: func(zoo.Weight) (graph.Data, error) { return graph.Scalar(0), nil }})
	require.ErrorIs(t, err, fault.ErrShape)
	require.ErrorContains(t, err, "conv1.weight")
	_, err = zoo.Build("resnet18", zoo.Options{Source: func(zoo.Weight) (graph.Data, error) { return nil, fault.ErrMalformed }})
	require.ErrorIs(t, err, fault.ErrMalformed)
}

// TestPreprocessOfTimm compares with the configurations that the test material has of
// timm's networks. torchvision's were compared with its own registry when they were
// written down; two of them by hand here.
func TestPreprocessOfTimm(t *testing.T) {
	found := 0
	for _, file := range goldenFiles(t) {
		want := readGolden(t, file)
		a, ok := zoo.Lookup(want.ours())
		if !ok || want.Config.CropPct == 0 {
			continue
		}
		found++
		p := a.Preprocess
		require.Equal(t, want.Config.InputSize[1], p.Crop, a.Name)
		require.Equal(t, int(float64(want.Config.InputSize[1])/want.Config.CropPct), p.Resize, a.Name)
		require.Equal(t, want.Config.Interpolation, p.Filter, a.Name)
		require.Equal(t, want.Config.Mean, p.Mean, a.Name)
		require.Equal(t, want.Config.Std, p.Std, a.Name)
		require.Equal(t, want.Config.Classifier, a.Classifier, a.Name)
	}
	require.NotZero(t, found)
	a, _ := zoo.Lookup("resnet50")
	require.Equal(t, zoo.Preprocess{Resize: 256, Crop: 224, Filter: "bilinear", Mean: [3]float64{.485, .456, .406}, Std: [3]float64{.229, .224, .225}}, a.Preprocess)
	a, _ = zoo.Lookup("efficientnet_b3")
	require.Equal(t, zoo.Preprocess{Resize: 320, Crop: 300, Filter: "bicubic", Mean: [3]float64{.485, .456, .406}, Std: [3]float64{.229, .224, .225}}, a.Preprocess)
}
