package dnnl

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// The sum per channel in every layout that has one; expected numbers: float64 loop.
func TestChannelSum(t *testing.T) {
	for _, s := range [][4]int{{2, 3, 4, 5}, {3, 20, 7, 9}, {2, 32, 40, 40}, {1, 1, 1, 1}} {
		for _, kind := range []string{"nchw", "nhwc", "blocked"} {
			t.Run(fmt.Sprint(kind, s), func(t *testing.T) {
				b := newBench(t)
				n, c, h, w := s[0], s[1], s[2], s[3]
				ty := f32(n, c, h, w)
				x := normals("x", n*c*h*w)
				want := make([]float64, c)
				for i, v := range x {
					want[i/(h*w)%c] += float64(v)
				}
				d := b.layoutOf(kind, s)
				lay := must[layout](b)(d.layout())
				data := b.bytes(d.bytes())
				b.convert(must[desc](b)(b.sc.plain(ty)), d, bytesOf(x), must[memory](b)(b.sc.memory(d, data)))
				y := b.zeros(c)
				require.NoError(b, b.prog.channelSum("db", y, view[float32](data), lay))
				b.run()
				near(b, want, y, 1e-5, lay.String())
			})
		}
	}
}

func (b *bench) layoutOf(kind string, s [4]int) desc {
	md := must[desc](b)
	switch kind {
	case "nhwc":
		return md(b.sc.tagged(f32(s[:]...), tagNHWC))
	case "blocked":
		return md(b.sc.tagged(f32(s[:]...), tagBlocked16))
	}
	return md(b.sc.plain(f32(s[:]...)))
}

func TestLayout(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		kind     string
		shape    [4]int
		name     string
		channels int
		padding  bool
		rowMajor bool
	}{
		{"nchw", [4]int{2, 3, 4, 5}, "abcd", 1, false, true},
		{"nhwc", [4]int{2, 3, 4, 5}, "acdb", 3, false, false},
		{"blocked", [4]int{2, 32, 4, 5}, "aBcd16b", 16, false, false},
		{"blocked", [4]int{2, 20, 4, 5}, "aBcd16b", 16, true, false},
	} {
		l := must[layout](b)(b.layoutOf(c.kind, c.shape).layout())
		require.Equal(b, c.name, l.String())
		require.Equal(b, c.channels, l.channels(), c.name)
		require.Equal(b, c.padding, l.padding(), c.name)
		require.Equal(b, c.rowMajor, l.rowMajor(), c.name)
	}
	sub := must[desc](b)(b.sc.sub(b.layoutOf("nchw", [4]int{2, 3, 4, 5}), []int{2, 1, 4, 5}, []int{0, 1, 0, 0}))
	l := must[layout](b)(sub.layout())
	require.False(b, l.rowMajor(), "a slice of channels has gaps")
	require.Zero(b, l.channels())
}
