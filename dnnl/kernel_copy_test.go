package dnnl

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCopy(t *testing.T) {
	b := newBench(t)
	x := b.normals("x", 1<<17+3)
	y := b.zeros(len(x))
	require.NoError(b, b.prog.copy("copy", bytesOf(y), bytesOf(x)))
	b.run()
	require.Equal(b, x, y)
}

// x = 0..5 as [2 3]; results worked by hand.
func TestStrideCopy(t *testing.T) {
	cases := []struct {
		name     string
		extents  []int
		to, from stride
		want     []float32
	}{
		{"transpose", []int{3, 2}, stride{0, []int{2, 1}}, stride{0, []int{1, 3}}, []float32{0, 3, 1, 4, 2, 5}},
		{"slice every second column", []int{2, 2}, stride{0, []int{2, 1}}, stride{0, []int{3, 2}}, []float32{0, 2, 3, 5, 0, 0}},
		{"columns backwards", []int{2, 3}, stride{0, []int{3, 1}}, stride{2, []int{3, -1}}, []float32{2, 1, 0, 5, 4, 3}},
		{"row 1 broadcast", []int{2, 3}, stride{0, []int{3, 1}}, stride{3, []int{0, 1}}, []float32{3, 4, 5, 3, 4, 5}},
		{"into the middle", []int{2}, stride{2, []int{1}}, stride{1, []int{3}}, []float32{0, 0, 1, 4, 0, 0}},
		{"scalar", nil, stride{5, nil}, stride{4, nil}, []float32{0, 0, 0, 0, 0, 4}},
		{"empty", []int{2, 0}, stride{0, []int{0, 0}}, stride{0, []int{0, 0}}, []float32{0, 0, 0, 0, 0, 0}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			y := b.zeros(6)
			require.NoError(b, b.prog.strideCopy(c.name, c.extents, y, c.to, b.floats(0, 1, 2, 3, 4, 5), c.from))
			b.run()
			require.Equal(b, c.want, y)
		})
	}
}

// Axes [2 3 4] as [4 2 3], against the definition.
func TestStrideCopyRank3(t *testing.T) {
	b := newBench(t)
	x, y := b.normals("x", 24), b.zeros(24)
	require.NoError(b, b.prog.strideCopy("t", []int{4, 2, 3}, y, stride{0, []int{6, 3, 1}}, x, stride{0, []int{1, 12, 4}}))
	b.run()
	for i := range 24 {
		require.Equal(b, x[i/3%2*12+i%3*4+i/6], y[i], "element %d", i)
	}
}

func TestStrideCopyParallel(t *testing.T) {
	b := newBench(t)
	const r, c = 300, 257
	x, y := b.normals("x", r*c), b.zeros(r*c)
	require.NoError(b, b.prog.strideCopy("t", []int{c, r}, y, stride{0, []int{r, 1}}, x, stride{0, []int{1, c}}))
	b.run()
	for i := range r {
		for j := range c {
			require.Equal(b, x[i*c+j], y[j*r+i])
		}
	}
}

func TestStrideCopyOutside(t *testing.T) {
	b := newBench(t)
	x := b.zeros(6)
	require.Error(b, b.prog.strideCopy("beyond", []int{2, 3}, x, stride{1, []int{3, 1}}, x, stride{0, []int{3, 1}}))
	require.Error(b, b.prog.strideCopy("before", []int{2}, x, stride{0, []int{1}}, x, stride{0, []int{-1}}))
	require.Error(b, b.prog.strideCopy("rank", []int{2}, x, stride{0, []int{1}}, x, stride{0, nil}))
}

func TestGather(t *testing.T) {
	b := newBench(t)
	x, y := b.floats(0, 1, 10, 11, 20, 21), b.zeros(8)
	index := view[int64](b.bytes(32))
	copy(index, []int64{2, 0, 0, 1})
	require.NoError(b, b.prog.gather("gather", y, x, index, 2))
	b.run()
	require.Equal(b, []float32{20, 21, 0, 1, 0, 1, 10, 11}, y)
	index[3] = 3
	require.ErrorContains(b, b.prog.run(b.e), `step 0 "gather": internal error: index out of range`)
}
