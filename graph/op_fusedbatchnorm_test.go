package graph_test

import (
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/stretchr/testify/require"
)

// Shape rules of the fused normalisation and its gradient.
func TestFusedBatchNormRefuses(t *testing.T) {
	x, c := value(2, 3, 4), value(3)
	swish := graph.Act{Fn: graph.HardSwish}
	for name, k := range map[string]struct {
		op   graph.Op
		in   []*graph.Value
		want error
	}{
		"bias":         {graph.FusedBatchNormTrain{}, vs(x, c, value(4)), fault.ErrShape},
		"residual":     {graph.FusedBatchNormTrain{}, vs(x, c, c, value(1, 3, 4)), fault.ErrShape},
		"activation":   {graph.FusedBatchNormTrain{Act: swish}, vs(x, c, c), fault.ErrUnsupported},
		"rank":         {graph.FusedBatchNormTrain{}, vs(c, c, c), fault.ErrShape},
		"no bias":      {graph.FusedBatchNormTrain{}, vs(x, c, nil), fault.ErrModel},
		"dy":           {graph.FusedBatchNormGrad{}, vs(x, c, c, c, value(2, 3, 5)), fault.ErrShape},
		"y":            {graph.FusedBatchNormGrad{Act: relu}, vs(x, c, c, c, x, value(2, 3)), fault.ErrShape},
		"no y":         {graph.FusedBatchNormGrad{Act: relu}, vs(x, c, c, c, x), fault.ErrShape},
		"statistics":   {graph.FusedBatchNormGrad{}, vs(x, c, value(1), c, x), fault.ErrShape},
		"its function": {graph.FusedBatchNormGrad{Act: swish}, vs(x, c, c, c, x, x), fault.ErrUnsupported},
	} {
		_, err := k.op.Infer(k.in)
		require.ErrorIs(t, err, k.want, name)
	}
	out, err := graph.FusedBatchNormGrad{Act: relu, Residual: true}.Infer(vs(x, c, c, c, x, x))
	require.NoError(t, err)
	require.Len(t, out, 4)
	require.Equal(t, x.Shape, out[3].Shape)
}
