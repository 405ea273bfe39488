package demo

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Points in and out of each form, by hand.
func TestShapes(t *testing.T) {
	l := polygon(0, 0, 100, 0, 100, 20, 20, 20, 20, 100, 0, 100) // an L, concave
	for _, c := range []struct {
		s    shape
		u, v int
		want bool
	}{
		{disc(10, 0, 5), 15, 0, true}, {disc(10, 0, 5), 14, 4, false},
		{rect(-2, -1, 2, 1), 2, 1, true}, {rect(-2, -1, 2, 1), 3, 0, false},
		{ellipse(0, 0, 20, 10), 20, 0, true}, {ellipse(0, 0, 20, 10), 0, 11, false},
		{l, 50, 10, true}, {l, 10, 50, true}, {l, 50, 50, false}, {l, -1, 10, false},
		{without(rect(-9, -9, 9, 9), disc(0, 0, 3)), 0, 0, false}, {without(rect(-9, -9, 9, 9), disc(0, 0, 3)), 8, 8, true},
		{both(disc(0, 0, 5), rect(0, -5, 5, 5)), -1, 0, false}, {either(disc(0, 0, 5), rect(9, 0, 9, 0)), 9, 0, true},
		{cells(10, true), 2, 5, (8*unit+2)/10%2 == 0}, {cells(10, false), 2, 12, ((8*unit+2)/10+(8*unit+12)/10)%2 == 0},
	} {
		require.Equal(t, c.want, c.s(c.u, c.v), "(%d, %d)", c.u, c.v)
	}
}

func TestSines(t *testing.T) {
	require.Equal(t, []int{0, 1 << 14, 0, -1 << 14}, []int{sin(0), sin(256), sin(512), sin(768)})
	require.Equal(t, 11585, sin(128)) // 2¹⁴/√2 = 11585.24
	require.Equal(t, cos(5), cos(-5))
	require.Equal(t, sin(7), sin(7+turn))
}

func TestColour(t *testing.T) {
	require.Equal(t, rgb{50, 100, 150}, mix(rgb{0, 0, 100}, rgb{100, 200, 200}, 128))
	require.Equal(t, rgb{1, 2, 3}, mix(rgb{9, 9, 9}, rgb{1, 2, 3}, 999))
	require.Equal(t, 6, rgb{1, 2, 3}.distance(rgb{3, 2, -1}))
}

// Ends are reached and never passed.
func TestBetween(t *testing.T) {
	d := &dice{s: stream(Source, 0, 0)}
	seen := map[int]bool{}
	for range 500 {
		seen[d.between(-2, 3)] = true
	}
	require.Len(t, seen, 6)
	require.True(t, seen[-2] && seen[3])
}
