package graph_test

import (
	"math"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/stretchr/testify/require"
)

// The positions list(range(n))[start:end:step] gives in Python.
func TestSliceRanges(t *testing.T) {
	const lowest, highest = math.MinInt64, math.MaxInt64
	for _, c := range []struct {
		n, start, end, step int
		want                []int
	}{
		{5, 0, 5, 1, []int{0, 1, 2, 3, 4}},
		{5, 1, 4, 2, []int{1, 3}},
		{5, 1, 5, 2, []int{1, 3}},
		{5, -2, highest, 1, []int{3, 4}},
		{5, -100, 2, 1, []int{0, 1}},
		{5, 100, 200, 1, nil},
		{5, 3, 1, 1, nil},
		{5, 0, -1, 1, []int{0, 1, 2, 3}},
		{5, -1, lowest, -1, []int{4, 3, 2, 1, 0}},
		{5, highest, lowest, -2, []int{4, 2, 0}},
		{5, 3, 0, -1, []int{3, 2, 1}},
		{5, 3, -1, -1, nil}, // -1 is the last element, not the place before the first
		{5, 1, 3, -1, nil},
		{5, -100, lowest, -1, nil},
		{5, 4, -6, -3, []int{4, 1}},
		{5, 0, highest, highest, []int{0}},
		{5, 4, lowest, lowest, []int{4}},
		{1, 0, 1, 1, []int{0}},
		{0, 0, 1, 1, nil},
		{0, -1, lowest, -1, nil},
	} {
		s := graph.Slice{Axes: []int{0}, Start: []int{c.start}, End: []int{c.end}, Step: []int{c.step}}
		r, err := s.Ranges(shape(c.n))
		require.NoError(t, err)
		var got []int
		for i := range r[0].Count {
			got = append(got, r[0].Start+i*r[0].Step)
		}
		require.Equal(t, c.want, got, "range(%d)[%d:%d:%d]", c.n, c.start, c.end, c.step)
	}
}

func TestSliceAxes(t *testing.T) {
	s := graph.Slice{Axes: []int{-1, 0}, Start: []int{1, 0}, End: []int{3, 1}, Step: []int{1, 1}}
	r, err := s.Ranges(shape(2, 3, 4))
	require.NoError(t, err)
	require.Equal(t, []graph.Range{{Start: 0, Step: 1, Count: 1}, {Start: 0, Step: 1, Count: 3}, {Start: 1, Step: 1, Count: 2}}, r)

	for _, bad := range []graph.Slice{
		{Axes: []int{0}, Start: []int{0}, End: []int{1}, Step: []int{0}},
		{Axes: []int{0}, Start: []int{0}, End: []int{1}},
		{Axes: []int{0, 1}, Start: []int{0}, End: []int{1}, Step: []int{1}},
	} {
		_, err := bad.Ranges(shape(2, 3))
		require.ErrorIs(t, err, fault.ErrModel)
	}
	_, err = graph.Slice{Axes: []int{2}, Start: []int{0}, End: []int{1}, Step: []int{1}}.Ranges(shape(2, 3))
	require.ErrorIs(t, err, fault.ErrShape)
}
