package onnxtest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
)

// ModelVectors runs every network of models/ on its test_data_set_* and compares
// all outputs: 1e-4·max(1, max|want|), probabilities 1e-5. All networks of a
// folder share its data sets.
func ModelVectors(t *testing.T, c Config) {
	var s score
	for _, file := range glob(t, "models/*/*.onnx") {
		sets, err := filepath.Glob(filepath.Join(filepath.Dir(file), "test_data_set_*"))
		require.NoError(t, err)
		for _, set := range sets {
			s.run(t, caseName(file, true)+"/"+filepath.Base(set), func(t *testing.T) string {
				modelVector(t, c, file, set)
				return ""
			})
		}
	}
	s.report(t)
}

func modelVector(t *testing.T, c Config, file, set string) {
	defer lock()()
	in, want := dataSet(t, set)
	require.NotEmpty(t, in)
	m, err := onnx.Read(file, onnx.Options{Batch: in[0].Shape[0]})
	require.NoError(t, err)
	require.Len(t, m.Graph.Inputs, len(in))
	g := m.Graph
	if h := in[0].Shape; len(h) == 4 && !h.Equal(g.Inputs[0].Shape) {
		m, err = onnx.Read(file, onnx.Options{Batch: h[0], ImgSize: [2]int{h[2], h[3]}})
		require.NoError(t, err)
		g = m.Graph
	}
	c.tooLarge(t, g, in[0].Shape[0])
	got, err := execute(c.Backend, g, in...)
	require.NoError(t, err)
	compareOutputs(t, g, got, want)
}

// compareOutputs compares the outputs there are vectors for.
func compareOutputs(t *testing.T, g *graph.Graph, got, want []*graph.Tensor) {
	require.NotEmpty(t, want)
	require.LessOrEqual(t, len(want), len(got))
	for i, w := range want {
		diff, scale, err := difference(got[i], w)
		require.NoError(t, err, g.Outputs[i].Name)
		bar := 1e-4 * max(1, scale)
		if probabilities(w) {
			bar = 1e-5
		}
		t.Logf("%s: max|Δ| %.2e of %.3g, bar %.0e", g.Outputs[i].Name, diff, scale, bar)
		require.LessOrEqual(t, diff, bar, g.Outputs[i].Name)
	}
}

// dataSet reads input_*.pb and output_*.pb of a folder in order.
func dataSet(t *testing.T, dir string) (in, out []*graph.Tensor) {
	for i := 0; ; i++ {
		x := tensorFile(t, filepath.Join(dir, fmt.Sprintf("input_%d.pb", i)))
		if x == nil {
			break
		}
		in = append(in, x)
	}
	for i := 0; ; i++ {
		y := tensorFile(t, filepath.Join(dir, fmt.Sprintf("output_%d.pb", i)))
		if y == nil {
			break
		}
		out = append(out, y)
	}
	return in, out
}

// tensorFile reads a TensorProto; nil if the file does not exist.
func tensorFile(t *testing.T, path string) *graph.Tensor {
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	x, _, err := onnx.ParseTensor(data)
	require.NoError(t, err, path)
	return x
}

func sorted[K ~string, V any](m map[K]V) []K {
	var keys []K
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
