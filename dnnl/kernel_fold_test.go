package dnnl

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// offset is the place of an element, by the definition of a blocked layout.
func (l layout) offset(at []int) int {
	at, off, inner := append([]int(nil), at...), 0, 1
	for i := len(l.blocks) - 1; i >= 0; i-- {
		a := l.axes[i]
		off += at[a] % l.blocks[i] * inner
		inner *= l.blocks[i]
		at[a] /= l.blocks[i]
	}
	for i, x := range at {
		off += x * l.strides[i]
	}
	return off
}

// Every element of a weight lies where its row says, in the layouts that
// convolutions choose: OIhw16i16o, OIhw16o16i, Oihw16o, goihw blocked by groups,
// hwio and row-major, with rows that fill their blocks and that do not.
func TestRowsOfLayouts(t *testing.T) {
	for _, c := range []struct {
		name string
		l    layout
		ok   bool
	}{
		{"row-major", layout{dims: []int{5, 3, 2, 2}, padded: []int{5, 3, 2, 2}, strides: []int{12, 4, 2, 1}}, true},
		{"hwio", layout{dims: []int{5, 3, 2, 2}, padded: []int{5, 3, 2, 2}, strides: []int{1, 5, 30, 15}}, true},
		{"ABcd16b16a", layout{dims: []int{20, 16, 3, 1}, padded: []int{32, 16, 3, 1}, strides: []int{768, 768, 256, 256},
			blocks: []int{16, 16}, axes: []int{1, 0}}, true},
		{"ABcd16a16b", layout{dims: []int{32, 32, 1, 2}, padded: []int{32, 32, 1, 2}, strides: []int{1024, 512, 512, 256},
			blocks: []int{16, 16}, axes: []int{0, 1}}, true},
		{"BAcd16b16a", layout{dims: []int{32, 32, 1, 1}, padded: []int{32, 32, 1, 1}, strides: []int{256, 512, 256, 256},
			blocks: []int{16, 16}, axes: []int{1, 0}}, true},
		{"Acdb16a", layout{dims: []int{32, 3, 7, 7}, padded: []int{32, 3, 7, 7}, strides: []int{2352, 16, 336, 48},
			blocks: []int{16}, axes: []int{0}}, true},
		{"Abcde16a", layout{dims: []int{40, 1, 1, 3, 3}, padded: []int{48, 1, 1, 3, 3}, strides: []int{144, 144, 144, 48, 16},
			blocks: []int{16}, axes: []int{0}}, true},
		{"rows cut three times", layout{dims: []int{8, 4}, padded: []int{8, 4}, strides: []int{16, 8},
			blocks: []int{2, 2, 2}, axes: []int{0, 1, 0}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, ok := c.l.rows(c.l.dims[0])
			require.Equal(t, c.ok, ok)
			if !ok {
				return
			}
			row := make([]int, 0, q.elems())
			for range q.i {
				for a := range q.a {
					for range q.r {
						for b := range q.b {
							for range q.t {
								row = append(row, a*q.b+b)
							}
						}
					}
				}
			}
			each(c.l.dims, func(at []int) { require.Equal(t, at[0], row[c.l.offset(at)], "%v in %+v", at, q) })
		})
	}
}

// each calls f for every index tuple below dims.
func each(dims []int, f func(at []int)) {
	at := make([]int, len(dims))
	for {
		f(at)
		i := len(dims) - 1
		for ; i >= 0; i-- {
			if at[i]++; at[i] < dims[i] {
				break
			}
			at[i] = 0
		}
		if i < 0 {
			return
		}
	}
}
