package dataset

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Ten of one class and two of another: in twelve places each class has six, the small
// one three times each; another epoch differs, the same one does not.
func TestBalanced(t *testing.T) {
	s := &Set{Classes: []string{"a", "b", "none"}}
	var all []int
	for i := range 12 {
		label := 0
		if i >= 10 {
			label = 1
		}
		s.Samples, all = append(s.Samples, Sample{Label: label}), append(all, i)
	}
	order := s.Balanced()
	got := order(all, 1, 0)
	require.Len(t, got, 12)
	count := map[int]int{}
	for r, i := range got {
		count[i]++
		if r > 0 {
			require.NotEqual(t, s.Samples[got[r-1]].Label, s.Samples[i].Label)
		}
	}
	require.Equal(t, 3, count[10])
	require.Equal(t, 3, count[11])
	for i := range 10 {
		require.LessOrEqual(t, count[i], 1)
	}
	require.Equal(t, got, order(all, 1, 0))
	require.NotEqual(t, got, order(all, 1, 1))
	require.Empty(t, order(nil, 1, 0))
}
