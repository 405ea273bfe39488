package picture

import (
	"bytes"

	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/jpeg"
)

// Part is W by H pixels from (X, Y) of an upright picture reduced to 1/Denom;
// sides round up.
type Part = jpeg.Window

// DecodePart is [Decode] for the part that pick chooses, given the size of the
// upright picture and whether its format can be reduced while decoding (else
// Denom must be 1). At Denom 1 the pixels are those of the whole picture.
// denom is what was chosen.
func DecodePart(data, buf []byte, o Options, pick func(w, h int, reduces bool) Part) (p RGB, denom int, err error) {
	h, err := Probe(bytes.NewReader(data), int64(len(data)), o)
	if err != nil {
		return RGB{}, 0, err
	}
	turn := h.Orientation
	if o.IgnoreEXIF || turn < 1 || turn > 8 {
		turn = 1
	}
	w, ht := h.W, h.H
	if turn >= 5 {
		w, ht = ht, w
	}
	part := pick(w, ht, h.Format == JPEG && jpeg.Reduces)
	if h.Format != JPEG {
		whole, err := Decode(data, buf, o)
		if err != nil {
			return RGB{}, 0, err
		}
		p, err = whole.cut(part)
		return p, 1, err
	}
	win := stored(part, h.W, h.H, turn)
	if p, err = window(data, buf, h, win); err != nil {
		return RGB{}, 0, err
	}
	return Orient(p, turn), part.Denom, nil
}

// window decodes a part of a JPEG as stored.
func window(data, buf []byte, h Header, win Part) (RGB, error) {
	if win.W <= 0 || win.H <= 0 {
		return RGB{}, corrupt("part %+v of %dx%d pixels", win, h.W, h.H)
	}
	n := 3 * win.W * win.H
	if cap(buf) < n {
		buf = make([]byte, n)
	}
	p := RGB{win.W, win.H, buf[:n]}
	return p, guard(func() error { return jpeg.DecodeWindow(p.Pix, data, h.W, h.H, win) })
}

// stored maps a part of the upright picture to the picture of w by h pixels as
// stored; see [Orient].
func stored(p Part, w, h, orientation int) Part {
	w, h = (w+p.Denom-1)/max(p.Denom, 1), (h+p.Denom-1)/max(p.Denom, 1)
	s := p
	if orientation >= 5 {
		s.X, s.Y, s.W, s.H = p.Y, p.X, p.H, p.W
	}
	switch orientation { // from the right edge
	case 2, 3, 7, 8:
		s.X = w - s.X - s.W
	}
	switch orientation { // from the lower edge
	case 3, 4, 6, 7:
		s.Y = h - s.Y - s.H
	}
	return s
}

// cut moves the pixels of part to the front of p.
func (p RGB) cut(part Part) (RGB, error) {
	if part.Denom != 1 || part.X < 0 || part.Y < 0 || part.W <= 0 || part.H <= 0 || part.X+part.W > p.W || part.Y+part.H > p.H {
		return RGB{}, corrupt("part %+v of %dx%d pixels", part, p.W, p.H)
	}
	n := 3 * part.W
	for y := range part.H {
		copy(p.Pix[y*n:(y+1)*n], p.Pix[3*((part.Y+y)*p.W+part.X):])
	}
	return RGB{part.W, part.H, p.Pix[:n*part.H]}, nil
}
