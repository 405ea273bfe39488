//go:build cuda

package kernels

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// nearestBF16 picks the closer of the two neighbours of x, the even one in a tie.
func nearestBF16(x float32) uint16 {
	bits := math.Float32bits(x)
	lo := bits &^ 0xffff
	hi := lo + 0x10000
	dl := math.Abs(float64(x) - float64(math.Float32frombits(lo)))
	dh := math.Abs(float64(math.Float32frombits(hi)) - float64(x))
	if dh < dl || dh == dl && (lo>>16)&1 == 1 {
		return uint16(hi >> 16)
	}
	return uint16(lo >> 16)
}

func TestCast(t *testing.T) {
	for _, n := range lengths {
		r := open(t)
		x := random(uint64(n), n)
		x[0] = 1.00390625 // 1 + 2^-8: a tie, the even neighbour is 1
		in, half, back := r.up(x), r.bytes(make([]byte, 2*n)), r.up(make([]float32, n))
		require.NoError(t, r.k.ToBF16(r.s, half, in, int64(n)))
		require.NoError(t, r.k.FromBF16(r.s, back, half, int64(n)))
		y, z := r.read(half), r.down(back)
		require.Equal(t, x, r.down(in), "the input stays")
		for i := range x {
			got := binary.LittleEndian.Uint16(y[2*i:])
			require.Equal(t, nearestBF16(x[i]), got, "%v", x[i])
			require.Equal(t, uint32(got)<<16, math.Float32bits(z[i]))
		}
		r.done(in, half, back)
	}
}

// TestCastSpecial: the bits are those of IEEE 754, worked by hand.
func TestCastSpecial(t *testing.T) {
	inf := float32(math.Inf(1))
	x := []float32{0, float32(math.Copysign(0, -1)), inf, -inf, math.MaxFloat32, math.Float32frombits(0x7f800001), 1.01171875}
	want := []uint16{0, 0x8000, 0x7f80, 0xff80, 0x7f80, 0x7fc0, 0x3f82} // a NaN stays one; 1 + 3·2^-8: tie, up to even
	r := open(t)
	in, half := r.up(x), r.bytes(make([]byte, 2*len(x)))
	require.NoError(t, r.k.ToBF16(r.s, half, in, int64(len(x))))
	y := r.read(half)
	for i, w := range want {
		require.Equal(t, w, binary.LittleEndian.Uint16(y[2*i:]), "%v", x[i])
	}
	require.ErrorIs(t, r.k.ToBF16(r.s, half, in, 100), ErrLength)
	before := r.read(half)
	require.NoError(t, r.k.ToBF16(r.s, half, in, 0))
	require.Equal(t, before, r.read(half))
	r.done(in, half)
}
