package jpeg

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

func encode(t testing.TB, w, h int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.RGBA{byte(4 * x), byte(5 * y), byte(2 * (x + y)), 255})
		}
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}))
	return b.Bytes()
}

func TestDecoderNamesItself(t *testing.T) {
	require.Regexp(t, `^(libjpeg-turbo [23]\.\d+(\.\d+)?|go image/jpeg go1\.\d+(\.\d+)?)`, Decoder())
}

// The source is a slow gradient: decoded values lie near the formula.
func TestDecode(t *testing.T) {
	const w, h = 40, 30
	dst := make([]byte, 3*w*h)
	require.NoError(t, Decode(dst, encode(t, w, h), w, h))
	for y := range h {
		for x := range w {
			p := dst[3*(y*w+x):]
			require.InDelta(t, 4*x, p[0], 12)
			require.InDelta(t, 5*y, p[1], 12)
			require.InDelta(t, 2*(x+y), p[2], 12)
		}
	}
	require.Zero(t, Live())
}

func TestErrors(t *testing.T) {
	data := encode(t, 16, 16)
	dst := make([]byte, 3*16*16)
	for name, err := range map[string]error{
		"too small a result": Decode(dst[:5], data, 16, 16),
		"no pixels":          Decode(nil, data, 0, 16),
		"other size":         Decode(dst[:3*8*8], data, 8, 8),
		"empty":              Decode(dst, nil, 16, 16),
		"cut":                Decode(dst, data[:len(data)-30], 16, 16),
		"no end":             Decode(dst, data[:len(data)-2], 16, 16),
		"no picture":         Decode(dst, bytes.Repeat([]byte{7}, 100), 16, 16),
	} {
		require.ErrorIs(t, err, fault.ErrCorrupt, name)
	}
	if strings.HasPrefix(Decoder(), "libjpeg") {
		require.ErrorContains(t, Decode(dst, data[:len(data)-30], 16, 16), "Premature end of JPEG file")
		require.ErrorContains(t, Decode(dst, bytes.Repeat([]byte{7}, 100), 16, 16), "Not a JPEG file")
	}
	require.Zero(t, Live())
}

// Every byte of a small file set to 256 values in turn, thinned: no crash, no
// leak; what is accepted has the promised size.
func TestFlips(t *testing.T) {
	data := encode(t, 24, 17)
	dst := make([]byte, 3*24*17)
	accepted, step := 0, 23
	if testing.Short() {
		step = 101
	}
	for i := range data {
		for v := 1; v < 256; v += step {
			c := bytes.Clone(data)
			c[i] ^= byte(v)
			if Decode(dst, c, 24, 17) == nil {
				accepted++
			}
		}
	}
	require.Positive(t, accepted)
	require.Zero(t, Live())
}

func TestManyGoroutines(t *testing.T) {
	good := encode(t, 50, 40)
	want := make([]byte, 3*50*40)
	require.NoError(t, Decode(want, good, 50, 40))
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			dst := make([]byte, len(want))
			for i := range 40 {
				if (g+i)%3 == 0 {
					if Decode(dst, good[:200+i], 50, 40) == nil {
						t.Error("a cut picture was accepted")
					}
					continue
				}
				if err := Decode(dst, good, 50, 40); err != nil || !bytes.Equal(dst, want) {
					t.Errorf("decode: %v", err)
				}
			}
		})
	}
	wg.Wait()
	require.Zero(t, Live())
}
