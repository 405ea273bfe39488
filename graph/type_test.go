package graph_test

import (
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/stretchr/testify/require"
)

// By NumPy's rule: compare from the right; equal, or one of them 1.
func TestBroadcast(t *testing.T) {
	for _, c := range []struct{ a, b, want graph.Shape }{
		{shape(), shape(), shape()},
		{shape(), shape(2, 3), shape(2, 3)},
		{shape(3), shape(2, 3), shape(2, 3)},
		{shape(2, 1), shape(1, 3), shape(2, 3)},
		{shape(8, 1, 6, 1), shape(7, 1, 5), shape(8, 7, 6, 5)},
		{shape(1), shape(0), shape(0)},
		{shape(0, 1), shape(1, 4), shape(0, 4)},
		{shape(2), shape(3), nil},
		{shape(2, 3), shape(2), nil},
		{shape(0), shape(2), nil},
	} {
		for range 2 {
			got, err := graph.Broadcast(c.a, c.b)
			if c.want == nil {
				require.ErrorIs(t, err, fault.ErrShape, "%v %v", c.a, c.b)
			} else {
				require.NoError(t, err)
				require.Equal(t, c.want, got, "%v %v", c.a, c.b)
			}
			c.a, c.b = c.b, c.a
		}
	}
}

func TestAxis(t *testing.T) {
	for _, c := range []struct{ axis, rank, want int }{{0, 1, 0}, {-1, 4, 3}, {-4, 4, 0}, {3, 4, 3}, {4, 4, -1}, {-5, 4, -1}, {0, 0, -1}} {
		got, err := graph.Axis(c.axis, c.rank)
		if c.want < 0 {
			require.ErrorIs(t, err, fault.ErrShape)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
}

func TestShape(t *testing.T) {
	require.Equal(t, []int{12, 4, 1}, shape(2, 3, 4).Strides())
	require.Equal(t, 24, shape(2, 3, 4).Len())
	require.Equal(t, 1, shape().Len(), "a scalar")
	require.Equal(t, "f32[2 3]", graph.Type{DType: graph.Float32, Shape: shape(2, 3)}.String())
	require.Equal(t, 12, graph.Type{DType: graph.BFloat16, Shape: shape(2, 3)}.Bytes())
}

// 2⁴⁶ bytes are the limit: 2⁴⁴ elements of 4 bytes.
func TestCheckedLen(t *testing.T) {
	n, err := shape(1<<22, 1<<22).CheckedLen(graph.Float32)
	require.NoError(t, err)
	require.Equal(t, 1<<44, n)
	for _, c := range []struct {
		s    graph.Shape
		want error
	}{
		{shape(1<<22, 1<<22, 2), fault.ErrLimit},
		{shape(1<<62, 1<<62), fault.ErrLimit},
		{shape(1, 1, 1, 1, 1, 1, 1, 1, 1), fault.ErrLimit},
		{shape(2, -1), fault.ErrShape},
	} {
		_, err := c.s.CheckedLen(graph.Float32)
		require.ErrorIs(t, err, c.want, "%v", c.s)
	}
	n, err = shape(1<<40, 0).CheckedLen(graph.Float32)
	require.NoError(t, err)
	require.Zero(t, n)
}
