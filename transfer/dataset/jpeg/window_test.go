package jpeg

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"io"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

type coded struct {
	Name    string
	File    []byte
	Size    [2]int
	Reduced map[string][]byte
}

// codings lists the pictures of testdata/golden.py.
func codings(t testing.TB) []coded {
	b, err := os.ReadFile("testdata/windows.json")
	require.NoError(t, err)
	var g struct{ Files []coded }
	require.NoError(t, json.Unmarshal(b, &g))
	require.Len(t, g.Files, 11)
	return g.Files
}

// cut copies a window out of a whole picture of w columns.
func cut(all []byte, w int, win Window) []byte {
	var out []byte
	for y := range win.H {
		out = append(out, all[3*((win.Y+y)*w+win.X):][:3*win.W]...)
	}
	return out
}

func denoms() []int {
	if Reduces {
		return []int{1, 2, 4, 8}
	}
	return []int{1}
}

// Windows have the bytes of the whole picture, for every coding and reduction:
// 300 drawn windows each, all single rows and columns, and the borders.
func TestWindowBytes(t *testing.T) {
	for _, f := range codings(t) {
		for _, d := range denoms() {
			w, h := (f.Size[0]+d-1)/d, (f.Size[1]+d-1)/d
			all := make([]byte, 3*w*h)
			require.NoError(t, DecodeWindow(all, f.File, f.Size[0], f.Size[1], Window{d, 0, 0, w, h}), f.Name)
			wins := []Window{{d, 0, 0, 1, 1}, {d, w - 1, h - 1, 1, 1}}
			for i := range h {
				wins = append(wins, Window{d, i % w, i, w - i%w, 1})
			}
			for i := range w {
				wins = append(wins, Window{d, i, 0, 1, h})
			}
			for i := range uint32(300) {
				s := philox.New(1, uint32(d), i, f.Name)
				at := func(k uint32, n int) int { return int(s.Float(k) * float32(n)) }
				x, y := at(0, w), at(1, h)
				wins = append(wins, Window{d, x, y, 1 + at(2, w-x), 1 + at(3, h-y)})
			}
			for _, win := range wins {
				got := bytes.Repeat([]byte{99}, 3*win.W*win.H)
				require.NoError(t, DecodeWindow(got, f.File, f.Size[0], f.Size[1], win), "%s %+v", f.Name, win)
				require.True(t, bytes.Equal(cut(all, w, win), got), "%s %+v", f.Name, win)
			}
		}
	}
	require.Zero(t, Live())
}

// Expected: Pillow's Image.draft, whose libjpeg-turbo may differ by one.
func TestReduced(t *testing.T) {
	if !Reduces {
		t.Skip("this build's decoder does not reduce: " + Decoder())
	}
	n := 0
	for _, f := range codings(t) {
		for key, packed := range f.Reduced {
			d, err := strconv.Atoi(key)
			require.NoError(t, err)
			r, err := zlib.NewReader(bytes.NewReader(packed))
			require.NoError(t, err)
			want, err := io.ReadAll(r)
			require.NoError(t, err)
			w, h := (f.Size[0]+d-1)/d, (f.Size[1]+d-1)/d
			got := make([]byte, 3*w*h)
			require.NoError(t, DecodeWindow(got, f.File, f.Size[0], f.Size[1], Window{d, 0, 0, w, h}))
			require.Len(t, got, len(want))
			for i := range want {
				require.InDelta(t, want[i], got[i], 1, "%s 1/%d at %d", f.Name, d, i)
			}
			n++
		}
	}
	require.Equal(t, 30, n)
}

func TestWindowErrors(t *testing.T) {
	data := encode(t, 40, 30)
	dst := make([]byte, 3*8*8)
	for _, win := range []Window{{3, 0, 0, 8, 8}, {0, 0, 0, 8, 8}, {16, 0, 0, 1, 1}, {1, 33, 0, 8, 8}, {1, 0, 23, 8, 8},
		{1, -1, 0, 8, 8}, {1, 0, 0, 0, 8}, {4, 3, 0, 8, 8}} {
		require.ErrorIs(t, DecodeWindow(dst, data, 40, 30, win), fault.ErrInternal, "%+v", win)
	}
	require.ErrorIs(t, DecodeWindow(dst[1:], data, 40, 30, Window{1, 0, 0, 8, 8}), fault.ErrCorrupt)
	require.ErrorIs(t, DecodeWindow(dst, data, 41, 30, Window{1, 0, 0, 8, 8}), fault.ErrCorrupt)
	require.Zero(t, Live())
}

// A picture that is damaged anywhere is damaged for every window, also for one
// far above the damage.
func TestDamageOutsideTheWindow(t *testing.T) {
	data := encode(t, 200, 160)
	dst := make([]byte, 3*8*8)
	for _, d := range denoms() {
		win := Window{d, 0, 0, 8, 8}
		require.NoError(t, DecodeWindow(dst, data, 200, 160, win))
		for _, n := range []int{2, 10, 100, len(data) / 2} {
			require.ErrorIs(t, DecodeWindow(dst, data[:len(data)-n], 200, 160, win), fault.ErrCorrupt, "%d bytes less", n)
		}
	}
	require.Zero(t, Live())
}

// Flipped bytes: no crash, no leak, and where the whole picture decodes, so does
// the window, with the same bytes.
func TestWindowFlips(t *testing.T) {
	step := 29
	if testing.Short() {
		step = 127
	}
	for _, f := range codings(t) {
		w, h := f.Size[0], f.Size[1]
		all, win := make([]byte, 3*w*h), Window{1, 20, 30, 61, 33}
		part := make([]byte, 3*win.W*win.H)
		for i := 0; i < len(f.File); i += step {
			c := bytes.Clone(f.File)
			c[i] ^= byte(1 + i%255)
			whole := Decode(all, c, w, h)
			err := DecodeWindow(part, c, w, h, win)
			require.Equal(t, whole == nil, err == nil, "%s byte %d: %v, %v", f.Name, i, whole, err)
			if err == nil {
				require.True(t, bytes.Equal(cut(all, w, win), part), "%s byte %d", f.Name, i)
			}
			for _, d := range denoms()[1:] {
				_ = DecodeWindow(part[:3], c, w, h, Window{d, 3, 4, 1, 1})
			}
		}
	}
	require.Zero(t, Live())
}

// Whatever the bytes: no crash, no leak, and a window is good where the whole
// picture is, with the same bytes.
func FuzzWindow(f *testing.F) {
	for _, c := range codings(f) {
		f.Add(c.File, uint16(119), uint16(93), uint16(20), uint16(10), uint16(50), uint16(40), byte(1))
		f.Add(c.File, uint16(119), uint16(93), uint16(3), uint16(1), uint16(9), uint16(7), byte(8))
	}
	f.Fuzz(func(t *testing.T, data []byte, w, h, x, y, ww, wh uint16, d byte) {
		if int(w)*int(h) > 1<<16 || int(ww)*int(wh) > 1<<16 || w == 0 || h == 0 {
			return
		}
		win := Window{int(d), int(x), int(y), int(ww), int(wh)}
		part := make([]byte, 3*win.W*win.H)
		err := DecodeWindow(part, data, int(w), int(h), win)
		if d == 1 && err == nil {
			all := make([]byte, 3*int(w)*int(h))
			require.NoError(t, Decode(all, data, int(w), int(h)))
			require.True(t, bytes.Equal(cut(all, int(w), win), part))
		}
		require.Zero(t, Live())
	})
}
