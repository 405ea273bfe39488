package philox

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Known answer of the all-zero key and counter, from the authors' kat_vectors.
func TestKnownAnswer(t *testing.T) {
	require.Equal(t, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, Words(0, [4]uint32{}))
	ones := ^uint32(0)
	require.Equal(t, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
		Words(^uint64(0), [4]uint32{ones, ones, ones, ones}))
}

func TestStreamIsAFunction(t *testing.T) {
	a, b := New(42, 3, 7, "crop"), New(42, 3, 7, "crop")
	for i := range uint32(64) {
		require.Equal(t, a.Float(63-i), b.Float(63-i))
	}
	require.NotEqual(t, a.Block(0), New(42, 3, 7, "flip").Block(0))
	require.NotEqual(t, a.Block(0), New(42, 4, 7, "crop").Block(0))
	require.NotEqual(t, a.Block(0), New(42, 3, 8, "crop").Block(0))
}

func TestNormalMoments(t *testing.T) {
	s := New(1, 0, 0, "moments")
	var sum, sq float64
	const n = 20000
	for i := range uint32(n) {
		x := s.Normal(i)
		sum, sq = sum+x, sq+x*x
	}
	require.InDelta(t, 0, sum/n, 0.03)
	require.InDelta(t, 1, sq/n, 0.03)
}
