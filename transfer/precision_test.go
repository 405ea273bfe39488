package transfer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// TestBFloat16: a run in 16 bits learns as one in 32, its exported model is float32 and
// passes parity; a device without it is refused with exit 5.
func TestBFloat16(t *testing.T) {
	dir := t.TempDir()
	data, net := tinyData(t, filepath.Join(dir, "data")), tinyNet(t, dir)
	open := func(string) (graph.Backend, error) { return ref.New(), nil }
	losses := map[string]float64{}
	for _, p := range []string{"fp32", "bf16"} {
		s := tinySettings(t, data, net, filepath.Join(dir, p))
		s.Scheme, s.Precision = "finetune", p
		sum, err := Finetune(t.Context(), s, Origins{}, open, func(Event) {})
		require.NoError(t, err)
		require.Equal(t, sum.Parity.Images, sum.Parity.LabelsEqual)
		b, err := os.ReadFile(filepath.Join(dir, p, "summary.json"))
		require.NoError(t, err)
		require.True(t, json.Valid(b))
		losses[p] = float64(sum.Val.Loss)
	}
	require.NotEqual(t, losses["fp32"], losses["bf16"])
	require.InEpsilon(t, losses["fp32"], losses["bf16"], .05)

	s := tinySettings(t, data, net, filepath.Join(dir, "refused"))
	s.Precision = "bf16"
	_, err := Finetune(t.Context(), s, Origins{}, func(string) (graph.Backend, error) { return onlyFloat{ref.New()}, nil }, func(Event) {})
	require.ErrorIs(t, err, fault.ErrDevice)
	require.Equal(t, 5, fault.ExitCode(err))
	require.False(t, exists(filepath.Join(dir, "refused")))
}

type onlyFloat struct{ graph.Backend }

func (b onlyFloat) Caps() graph.Caps {
	c := b.Backend.Caps()
	c.DTypes = slices.DeleteFunc(slices.Clone(c.DTypes), func(d graph.DType) bool { return d == graph.BFloat16 })
	return c
}
