package picture

import (
	"bytes"
	"image"
	"image/gif"
)

// gif draws the first frame on the screen, which begins in the background
// colour. A transparent pixel keeps its palette colour (alpha is dropped).
func (p RGB) gif(data []byte) error {
	data = opaqueGIF(data)
	m, err := gif.Decode(bytes.NewReader(data))
	if err != nil {
		return corrupt("%w", err)
	}
	f, ok := m.(*image.Paletted)
	if !ok {
		return corrupt("GIF decoded to %T", m)
	}
	if f.Rect.Dx() < p.W || f.Rect.Dy() < p.H {
		p.background(data)
	}
	return p.draw(f, f.Rect.Min.X, f.Rect.Min.Y)
}

// background fills p with the global palette's background colour, else black.
func (p RGB) background(data []byte) {
	var c [3]byte
	if at := 13 + 3*int(data[11]); data[10]&0x80 != 0 && at+3 <= len(data) {
		copy(c[:], data[at:])
	}
	for i := range p.Pix {
		p.Pix[i] = c[i%3]
	}
}

// opaqueGIF returns data with the transparency flag of the first frame's
// graphic control cleared: Go's decoder forgets the colour of a transparent
// entry. It stops at the first frame; damage is left to the decoder.
func opaqueGIF(data []byte) []byte {
	if len(data) < 13 {
		return data
	}
	at := 13
	if data[10]&0x80 != 0 {
		at += 3 << (data[10]&7 + 1)
	}
	for at+8 < len(data) && data[at] == 0x21 {
		if data[at+1] == 0xf9 && data[at+3]&1 == 1 {
			c := bytes.Clone(data)
			c[at+3] &^= 1
			data = c
		}
		for at += 2; at < len(data) && data[at] != 0; {
			at += int(data[at]) + 1
		}
		at++
	}
	return data
}
