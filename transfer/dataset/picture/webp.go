package picture

import (
	"bytes"
	"encoding/binary"
	"image"

	"golang.org/x/image/webp"
)

// webp decodes the first bitstream alone: alpha and later frames are dropped.
func (p RGB) webp(data []byte, h Header) error {
	body := data[h.part.off : h.part.off+h.part.size]
	file := make([]byte, 12, 13+len(body))
	copy(file, "RIFF")
	copy(file[8:], "WEBP")
	file = append(file, body...)
	if len(body)&1 == 1 {
		file = append(file, 0)
	}
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	m, err := webp.Decode(bytes.NewReader(file))
	if err != nil {
		return corrupt("%w", err)
	}
	if m.Bounds().Dx() < p.W || m.Bounds().Dy() < p.H {
		clear(p.Pix)
	}
	if y, ok := m.(*image.YCbCr); ok {
		return p.drawYCbCr(y)
	}
	return p.draw(m, 0, 0)
}

// drawYCbCr converts 4:2:0 planes as libwebp does: each chroma value is
// interpolated from its four nearest samples with weights 9 3 3 1, then BT.601
// in integers. Source: libwebp src/dsp/upsampling.c, yuv.h.
func (p RGB) drawYCbCr(m *image.YCbCr) error {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	if w > p.W || h > p.H || m.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		return corrupt("WebP frame %dx%d, %v", w, h, m.SubsampleRatio)
	}
	cw, ch := (w+1)/2, (h+1)/2
	for y := range h {
		near, far := y/2, y/2-1+y&1*2 // chroma rows: own and neighbour
		far = min(max(far, 0), ch-1)
		cb, cb2 := m.Cb[near*m.CStride:][:cw], m.Cb[far*m.CStride:][:cw]
		cr, cr2 := m.Cr[near*m.CStride:][:cw], m.Cr[far*m.CStride:][:cw]
		dst := p.Pix[3*y*p.W:][:3*w]
		for x, v := range m.Y[y*m.YStride:][:w] {
			a, b := x/2, min(max(x/2-1+x&1*2, 0), cw-1)
			u := fancy(cb[a], cb[b], cb2[a], cb2[b])
			t := fancy(cr[a], cr[b], cr2[a], cr2[b])
			webpRGB(dst[3*x:3*x+3], int(v), u, t)
		}
	}
	return nil
}

// fancy is (9a + 3b + 3c + d + 8)/16 as libwebp rounds it.
func fancy(a, b, c, d byte) int {
	avg := int(a) + int(b) + int(c) + int(d) + 8
	diag := (avg + 2*(int(b)+int(c))) >> 3
	return (diag + int(a)) >> 1
}

// webpRGB is VP8YUVToR/G/B.
func webpRGB(dst []byte, y, u, v int) {
	hi := func(a, k int) int { return a * k >> 8 }
	clip := func(v int) byte { return byte(min(max(v>>6, 0), 255)) }
	dst[0] = clip(hi(y, 19077) + hi(v, 26149) - 14234)
	dst[1] = clip(hi(y, 19077) - hi(u, 6419) - hi(v, 13320) + 8708)
	dst[2] = clip(hi(y, 19077) + hi(u, 33050) - 17685)
}
