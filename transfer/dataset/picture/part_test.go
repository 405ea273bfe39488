package picture

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/jpeg"
)

// crop is a second way to a part: out of the whole upright picture.
func crop(p RGB, part Part) []byte {
	var out []byte
	for y := range part.H {
		out = append(out, p.Pix[3*((part.Y+y)*p.W+part.X):][:3*part.W]...)
	}
	return out
}

// Every format and orientation: parts equal the cut of the whole picture.
func TestParts(t *testing.T) {
	for _, f := range matrix(t) {
		for _, o := range []Options{allFormats, {BMP: true, TIFF: true, IgnoreEXIF: true}} {
			whole, err := Decode(f.File, nil, o)
			require.NoError(t, err)
			for i := range uint32(25) {
				s := philox.New(1, 0, i, f.Name)
				at := func(k uint32, n int) int { return int(s.Float(k) * float32(n)) }
				x, y := at(0, whole.W), at(1, whole.H)
				part := Part{Denom: 1, X: x, Y: y, W: 1 + at(2, whole.W-x), H: 1 + at(3, whole.H-y)}
				got, denom, err := DecodePart(f.File, nil, o, func(w, h int, _ bool) Part {
					require.Equal(t, [2]int{whole.W, whole.H}, [2]int{w, h})
					return part
				})
				require.NoError(t, err, "%s %+v", f.Name, part)
				require.Equal(t, 1, denom)
				require.Equal(t, [2]int{part.W, part.H}, [2]int{got.W, got.H})
				require.Equal(t, crop(whole, part), got.Pix, "%s %+v", f.Name, part)
			}
		}
	}
}

// A reduced part equals the cut of the whole reduced picture, whatever the
// orientation; the whole reduced picture lies near the mean of its blocks.
func TestReducedParts(t *testing.T) {
	if !jpeg.Reduces {
		t.Skip("this build's decoder does not reduce")
	}
	n := 0
	for _, f := range matrix(t) {
		decode := func(part Part) RGB {
			p, _, err := DecodePart(f.File, nil, allFormats, func(w, h int, reduces bool) Part {
				require.True(t, reduces)
				if part.W == 0 {
					return Part{Denom: 2, W: (w + 1) / 2, H: (h + 1) / 2}
				}
				return part
			})
			require.NoError(t, err, "%s %+v", f.Name, part)
			return p
		}
		if f.Kind != "jpeg" || f.Size[0] < 8 || f.Size[1] < 8 {
			continue
		}
		whole := decode(Part{})
		require.Equal(t, [2]int{(f.Size[0] + 1) / 2, (f.Size[1] + 1) / 2}, [2]int{whole.W, whole.H})
		part := Part{Denom: 2, X: 2, Y: 1, W: whole.W - 3, H: whole.H - 2}
		require.Equal(t, crop(whole, part), decode(part).Pix, f.Name)
		n++
	}
	require.Greater(t, n, 20)
}

func TestPartErrors(t *testing.T) {
	for _, f := range matrix(t) {
		for _, part := range []Part{{}, {Denom: 1, X: -1, W: 2, H: 1}, {Denom: 1, W: f.Size[0] + 1, H: 1}, {Denom: 1, H: 1}, {Denom: 3, W: 1, H: 1}} {
			_, _, err := DecodePart(f.File, nil, allFormats, func(int, int, bool) Part { return part })
			require.Error(t, err, "%s %+v", f.Name, part)
		}
		_, _, err := DecodePart(f.File[:len(f.File)/2], nil, allFormats, func(w, h int, _ bool) Part { return Part{Denom: 1, W: w, H: h} })
		if f.Kind == "jpeg" {
			require.ErrorIs(t, err, fault.ErrCorrupt, f.Name)
		}
	}
	require.Zero(t, jpeg.Live())
}
