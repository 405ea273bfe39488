package onnxtest

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
)

// LightModels runs the ONNX project's nets with constant weights: input
// arange(n)/n, rtol 1e-3.
func LightModels(t *testing.T, c Config) {
	var s score
	for _, file := range glob(t, "conformance/onnx-light-models/*.onnx") {
		s.run(t, caseName(file, false), func(t *testing.T) string {
			lightModel(t, c, file)
			return ""
		})
	}
	s.report(t)
}

func lightModel(t *testing.T, c Config, file string) {
	defer lock()()
	st, err := os.Stat(file)
	require.NoError(t, err)
	m, err := onnx.Read(file, onnx.Options{})
	require.NoError(t, err)
	require.Less(t, m.FoldedBytes, 64<<20+2*st.Size(), "import holds computed weights")
	want := tensorFile(t, strings.TrimSuffix(file, ".onnx")+"_output_0.pb")
	require.NotNil(t, want)
	g := m.Graph
	require.Equal(t, want.Shape, g.Outputs[0].Shape)
	c.tooLarge(t, g, 1)
	x := graph.NewTensor(graph.Float32, g.Inputs[0].Shape...)
	for i := range x.F32 {
		x.F32[i] = float32(i) / float32(x.Len())
	}
	y, err := execute(c.Backend, g, x)
	require.NoError(t, err)
	require.NoError(t, Within(y[0], want, 1e-3, 1e-7))
}
