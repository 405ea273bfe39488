package neon_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/neon"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// recorded is what neon itself computed: arrays (C,H,W,N) and (classes,N).
type recorded struct {
	Input, Output []float64
}

// TestRecordedOutputs runs every neon file of the test material on the input
// recorded beside it, by the reference back end, and compares with neon's output.
func TestRecordedOutputs(t *testing.T) {
	dir := filepath.Join(assets(t), "conformance", "neon-prm")
	files, err := filepath.Glob(filepath.Join(dir, "*.p*m"))
	require.NoError(t, err)
	rec := record(t, dir)
	if len(files) == 0 {
		t.Skip("no neon files among the test material")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			m, err := neon.Read(file, neon.Options{})
			require.NoError(t, err)
			chw := m.Graph.Inputs[0].Shape[1:].Len()
			n := len(rec.Input) / chw
			require.Len(t, rec.Input, n*chw)
			m, err = neon.Read(file, neon.Options{Batch: n})
			require.NoError(t, err)
			got := run(t, m.Graph, rowsFirst(rec.Input, n))
			want := rowsFirst(rec.Output, n)
			require.Len(t, got, len(want))
			for i := range want {
				require.InDelta(t, want[i], got[i], 1e-6, "element %d", i)
			}
		})
	}
}

// record finds the file that has input and output.
func record(t *testing.T, dir string) recorded {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	for _, file := range files {
		var r recorded
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if json.Unmarshal(text, &r) == nil && len(r.Input) > 0 && len(r.Output) > 0 {
			return r
		}
	}
	t.Skip("no recorded output among the test material")
	return recorded{}
}

// rowsFirst turns (…,N) into [N …].
func rowsFirst(x []float64, n int) []float32 {
	out := make([]float32, len(x))
	k := len(x) / n
	for i := range k {
		for j := range n {
			out[j*k+i] = float32(x[i*n+j])
		}
	}
	return out
}

func run(t *testing.T, g *graph.Graph, in []float32) []float32 {
	t.Helper()
	p, err := graph.BuildInfer(g, nil, g.Outputs...)
	require.NoError(t, err)
	x, err := ref.New().Compile(p, graph.CompileOptions{})
	require.NoError(t, err)
	defer x.Close()
	require.NoError(t, x.Bind(p.Inputs[0].Name, graph.FromF32(in, g.Inputs[0].Shape...)))
	require.NoError(t, x.Step(t.Context()))
	var y graph.Tensor
	require.NoError(t, x.Read(p.Outputs[0].Name, &y))
	return y.F32
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
