package transfer

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

func TestParseHead(t *testing.T) {
	for s, want := range map[string]headSpec{"linear": {}, "mlp:64": {64, .5}, "mlp:8:0.25": {8, .25}} {
		got, err := parseHead(s)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, s := range []string{"", "conv", "mlp", "mlp:0", "mlp:x", "mlp:8:1", "mlp:8:-.1", "mlp:8:.5:2", "linear:3"} {
		_, err := parseHead(s)
		require.ErrorIs(t, err, fault.ErrUsage, s)
	}
}

// standardise measures the rows of x.
func standardise(x []float32, dim int) *standard {
	m := newMoments(dim)
	for at := 0; at < len(x); at += dim {
		m.add(x[at : at+dim])
	}
	return m.standard()
}

// Two features: mean 2 and 10, sd 1 and 0; the second's sd is raised to 5 % of 1.
func TestStandardise(t *testing.T) {
	s := standardise([]float32{1, 10, 3, 10}, 2)
	require.Equal(t, []float32{2, 10}, s.mean.F32)
	require.InDeltaSlice(t, []float64{1, 20}, []float64{float64(s.scale.F32[0]), float64(s.scale.F32[1])}, 1e-6)
}

// Folding the standardisation into the first layer changes no score.
func TestFoldedHeadIsEqual(t *testing.T) {
	for _, spec := range []headSpec{{}, {hidden: 7, drop: .5}} {
		h := newHead(spec, 5, 3, 1)
		x := graph.NewTensor(graph.Float32, 4, 5)
		fillNormal(x.F32, 3, 9, "x")
		h.std = standardise(x.F32, 5)
		fillNormal(h.layers[0].b.F32, 1, 9, "b")
		a, b := scores(t, h, x), scores(t, h.folded(), x)
		for i := range a {
			require.InDelta(t, a[i], b[i], 1e-5*math.Max(1, math.Abs(float64(a[i]))))
		}
	}
}

func scores(t *testing.T, h *head, x *graph.Tensor) []float32 {
	g, err := headOnly(h, x.Shape[0], x.Shape[1])
	require.NoError(t, err)
	p, err := graph.BuildInfer(g, nil, g.Outputs...)
	require.NoError(t, err)
	e, err := testBackend(t).Compile(p, graph.CompileOptions{})
	require.NoError(t, err)
	defer e.Close()
	require.NoError(t, e.Bind(featuresName, x))
	require.NoError(t, e.Step(context.Background()))
	var y graph.Tensor
	require.NoError(t, e.Read(p.Outputs[0].Name, &y))
	return y.F32
}
