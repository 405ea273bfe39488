package picture

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

func pngHeader(w, h uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
	b = binary.BigEndian.AppendUint32(b, w)
	b = binary.BigEndian.AppendUint32(b, h)
	b = append(b, 8, 2, 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[12:]))
	return append(b, "\x00\x00\x00\x00IDAT\x00\x00\x00\x00\x00\x00\x00\x00IEND\xaeB`\x82"...)
}

func jpegHeader(w, h uint16, sof byte, comps int) []byte {
	b := []byte{0xff, 0xd8, 0xff, sof, 0, byte(8 + 3*comps), 8, byte(h >> 8), byte(h), byte(w >> 8), byte(w), byte(comps)}
	for i := range comps {
		b = append(b, byte(i+1), 0x11, 0)
	}
	b = append(b, 0xff, 0xda, 0, byte(6+2*comps), byte(comps))
	for i := range comps {
		b = append(b, byte(i+1), 0)
	}
	return append(b, 0, 63, 0, 0xff, 0xd9)
}

// webpHeader is an extended file whose canvas is w by h and a one-pixel frame.
func webpHeader(w, h int) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00")
	b = append(b, byte(w-1), byte((w-1)>>8), byte((w-1)>>16), byte(h-1), byte((h-1)>>8), byte((h-1)>>16))
	b = append(b, "VP8L\x0a\x00\x00\x00\x2f\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

// Bars: RELIABILITY F2, 50 ms and 32 MB a file; the quickest of three tries, as
// machines are shared, and 4 times for the race detector.
func TestBombs(t *testing.T) {
	scans := jpegHeader(8, 8, 0xc2, 1)
	for range 10_000 {
		scans = append(scans, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0)
	}
	segments := append([]byte{0xff, 0xd8}, bytes.Repeat([]byte{0xff, 0xfe, 0, 2}, 1<<20)...)
	for _, c := range []struct {
		name string
		data []byte
		want error
	}{
		{"png 30000²", pngHeader(30000, 30000), fault.ErrTooLarge},
		{"png 2³¹-1", pngHeader(1<<31-1, 1<<31-1), fault.ErrTooLarge},
		{"png 2³²-1", pngHeader(1<<32-1, 1), fault.ErrCorrupt},
		{"png zero", pngHeader(0, 5), fault.ErrCorrupt},
		{"jpeg 65500²", jpegHeader(65500, 65500, 0xc0, 3), fault.ErrTooLarge},
		{"jpeg zero", jpegHeader(0, 5, 0xc0, 3), fault.ErrCorrupt},
		{"jpeg 12 bit", func() []byte { b := jpegHeader(9, 9, 0xc1, 3); b[6] = 12; return b }(), fault.ErrCorrupt},
		{"jpeg arithmetic", jpegHeader(9, 9, 0xc9, 3), fault.ErrCorrupt},
		{"jpeg lossless", jpegHeader(9, 9, 0xc3, 3), fault.ErrCorrupt},
		{"jpeg two components", jpegHeader(9, 9, 0xc0, 2), fault.ErrCorrupt},
		{"jpeg without tables", jpegHeader(1500, 1500, 0xc0, 3), fault.ErrCorrupt},
		{"jpeg 10000 scans", scans, fault.ErrCorrupt},
		{"jpeg million segments", segments, fault.ErrCorrupt},
		{"gif 65535²", []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00;"), fault.ErrTooLarge},
		{"webp 2²⁴", webpHeader(1<<24, 1<<24), fault.ErrTooLarge},
		{"webp long riff", []byte("RIFF\xff\xff\xff\xffWEBPVP8 "), fault.ErrCorrupt},
		{"empty", nil, fault.ErrCorrupt},
		{"one byte", []byte{0xff}, fault.ErrCorrupt},
		{"html", []byte("<!DOCTYPE html><html>"), fault.ErrCorrupt},
		{"heic", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), fault.ErrCorrupt},
		{"zeros", make([]byte, 4096), fault.ErrCorrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			buf := make([]byte, 0, 3*1500*1500) // a bomb must not need memory of its own
			var m0, m1 runtime.MemStats
			runtime.ReadMemStats(&m0)
			_, err := Decode(c.data, buf, Options{})
			runtime.ReadMemStats(&m1)
			d := time.Hour
			for range 3 {
				t0 := time.Now()
				_, _ = Decode(c.data, buf, Options{})
				d = min(d, time.Since(t0))
			}
			require.ErrorIs(t, err, c.want)
			require.Less(t, d, 200*time.Millisecond)
			require.Less(t, m1.TotalAlloc-m0.TotalAlloc, uint64(32<<20))
			tail := NewTail(Header{Format: JPEG})
			_, _ = tail.Write(scans)
			require.ErrorContains(t, tail.Err(), "scans")
		})
	}
}

func TestProbeReadsOnlyTheHeader(t *testing.T) {
	h, err := Probe(bytes.NewReader(pngHeader(9000, 9000)), int64(len(pngHeader(9000, 9000))), Options{})
	require.NoError(t, err)
	require.Equal(t, [3]int{9000, 9000, 1}, [3]int{h.W, h.H, h.Orientation})
	_, err = Probe(bytes.NewReader([]byte{1}), MaxBytes+1, Options{})
	require.ErrorIs(t, err, fault.ErrTooLarge)
}

func TestOrientationReader(t *testing.T) {
	le := func(typ, count uint16, v uint32) []byte {
		b := []byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01")
		b = binary.LittleEndian.AppendUint16(b, typ)
		b = binary.LittleEndian.AppendUint32(b, uint32(count))
		return binary.LittleEndian.AppendUint32(b, v)
	}
	require.Equal(t, 6, orientation(le(3, 1, 6)))
	require.Equal(t, 8, orientation(le(4, 1, 8)))
	for _, b := range [][]byte{le(3, 1, 0), le(3, 1, 9), le(3, 2, 6), le(2, 1, 6), le(4, 1, 1<<31), nil,
		[]byte("II*\x00\xff\xff\xff\xff"), []byte("II*\x00\x08\x00\x00\x00\xff\xff"), le(3, 1, 6)[:15]} {
		require.Equal(t, 1, orientation(b), "% x", b)
	}
}

func FuzzEXIF(f *testing.F) {
	f.Add([]byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00"))
	f.Add([]byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x08\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o := orientation(b); o < 1 || o > 8 {
			t.Fatalf("orientation %d", o)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, m := range matrix(f) {
		f.Add(m.File)
	}
	f.Add(pngHeader(30000, 30000))
	f.Add(webpHeader(20, 20))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := Probe(bytes.NewReader(b), int64(len(b)), allFormats)
		if err != nil || h.W*h.H > 1<<20 {
			return // within the limits, yet slow to fuzz
		}
		p, err := Decode(b, nil, allFormats)
		if err == nil && len(p.Pix) != 3*p.W*p.H {
			t.Fatalf("%dx%d: %d bytes", p.W, p.H, len(p.Pix))
		}
		if err != nil && fault.ClassOf(err) != fault.Data {
			t.Fatalf("class of %v", err)
		}
	})
}
