package augment

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

// The vector kernels and plain Go give equal bytes, for every length, factor and
// value, also beyond those that Jitter draws.
func TestKernelsAgree(t *testing.T) {
	if !vector {
		t.Skip("no vector kernels on this machine")
	}
	defer func() { vector = true }()
	run := func(on bool, src []byte, f factors) []byte {
		vector = on
		p := bytes.Clone(src)
		jitter(p, f)
		return p
	}
	for i := range uint32(600) {
		s := philox.New(2, 0, i, "test")
		f := factors{3*s.Float(0) - .5, 3*s.Float(1) - .5, 3*s.Float(2) - .5}
		if i%2 == 0 {
			f = factors{.8 + .4*s.Float(0), .8 + .4*s.Float(1), .8 + .4*s.Float(2)}
		}
		src := noise(3*(1+int(i)%101), i)
		require.Equal(t, run(false, src, f), run(true, src, f), "%d pixels, %+v", len(src)/3, f)
	}
}

// All values of one pixel at fixed factors, 2²⁴ colours thinned to 2¹⁸.
func TestKernelColours(t *testing.T) {
	if !vector {
		t.Skip("no vector kernels on this machine")
	}
	defer func() { vector = true }()
	var src []byte
	for r := range 64 {
		for g := range 64 {
			for b := range 64 {
				src = append(src, byte(4*r+g%4), byte(4*g+b%4), byte(4*b+r%4))
			}
		}
	}
	for _, f := range []factors{{1, 1, 1}, {.83, 1.19, 1.07}, {1.2, .8, 1.2}, {.8, .8, .8}} {
		slow, fast := bytes.Clone(src), bytes.Clone(src)
		vector = false
		jitter(slow, f)
		vector = true
		jitter(fast, f)
		require.True(t, bytes.Equal(slow, fast), "%+v", f)
	}
}
