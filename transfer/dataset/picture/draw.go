package picture

import (
	"image"
	"image/color"
)

// draw copies m to p at (x, y); all of m must fit. Alpha is dropped, not
// blended; 16-bit samples keep their high byte; palettes are looked up.
func (p RGB) draw(m image.Image, x, y int) error {
	b := m.Bounds()
	if x < 0 || y < 0 || x+b.Dx() > p.W || y+b.Dy() > p.H {
		return corrupt("frame %v at %d,%d does not fit %dx%d", b, x, y, p.W, p.H)
	}
	row, err := rows(m)
	if err != nil {
		return err
	}
	for i := range b.Dy() {
		row(p.Pix[3*((y+i)*p.W+x):][:3*b.Dx()], i)
	}
	return nil
}

// rows returns a function that writes row i of m as RGB.
func rows(m image.Image) (func(dst []byte, i int), error) {
	switch m := m.(type) {
	case *image.Gray:
		return func(dst []byte, i int) { pick(dst, m.Pix[i*m.Stride:], 1, 0, 0, 0) }, nil
	case *image.Gray16:
		return func(dst []byte, i int) { pick(dst, m.Pix[i*m.Stride:], 2, 0, 0, 0) }, nil
	case *image.NRGBA:
		return func(dst []byte, i int) { pick(dst, m.Pix[i*m.Stride:], 4, 0, 1, 2) }, nil
	case *image.RGBA: // opaque: decoders use it only without alpha
		return func(dst []byte, i int) { pick(dst, m.Pix[i*m.Stride:], 4, 0, 1, 2) }, nil
	case *image.NRGBA64:
		return func(dst []byte, i int) { pick(dst, m.Pix[i*m.Stride:], 8, 0, 2, 4) }, nil
	case *image.RGBA64:
		return func(dst []byte, i int) { pick(dst, m.Pix[i*m.Stride:], 8, 0, 2, 4) }, nil
	case *image.Paletted:
		t := table(m.Palette)
		return func(dst []byte, i int) { lookup(dst, m.Pix[i*m.Stride:], t) }, nil
	}
	return nil, corrupt("pixel type %T", m)
}

// pick takes bytes r, g, b of every step bytes.
func pick(dst, src []byte, step, r, g, b int) {
	for len(dst) >= 3 {
		dst[0], dst[1], dst[2] = src[r], src[g], src[b]
		dst, src = dst[3:], src[step:]
	}
}

// table lists the palette's colours without alpha; indices beyond it are black.
func table(p color.Palette) *[256][3]byte {
	var t [256][3]byte
	for i, c := range p[:min(len(p), 256)] {
		n := color.NRGBAModel.Convert(c).(color.NRGBA)
		if v, ok := c.(color.RGBA); ok {
			n = color.NRGBA(v)
		}
		t[i] = [3]byte{n.R, n.G, n.B}
	}
	return &t
}

func lookup(dst, src []byte, t *[256][3]byte) {
	for _, v := range src[:len(dst)/3] {
		copy(dst, t[v][:])
		dst = dst[3:]
	}
}
