package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/png"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/jpeg"
)

// Decode reads a whole file into an upright picture. Limits are checked from
// the header before anything is decoded. buf is used for the pixels if it is
// large enough. Errors: ErrCorrupt, ErrTooLarge.
func Decode(data, buf []byte, o Options) (RGB, error) {
	h, err := Probe(bytes.NewReader(data), int64(len(data)), o)
	if err != nil {
		return RGB{}, err
	}
	n := 3 * h.W * h.H
	if cap(buf) < n {
		buf = make([]byte, n)
	}
	p := RGB{h.W, h.H, buf[:n]}
	if err := guard(func() error { return p.fill(data, h) }); err != nil {
		return RGB{}, err
	}
	if o.IgnoreEXIF {
		return p, nil
	}
	return Orient(p, h.Orientation), nil
}

// fill decodes into p with the decoder of h's format.
func (p RGB) fill(data []byte, h Header) error {
	if h.Format == JPEG {
		return jpeg.Decode(p.Pix, data, p.W, p.H)
	}
	var m image.Image
	var err error
	switch h.Format {
	case PNG:
		m, err = png.Decode(bytes.NewReader(data))
	case GIF:
		return p.gif(data)
	case WebP:
		return p.webp(data, h)
	case BMP:
		m, err = bmp.Decode(bytes.NewReader(data))
	case TIFF:
		m, err = tiff.Decode(bytes.NewReader(data))
	default:
		return corrupt("no decoder for %s", h.Format)
	}
	if err != nil {
		return corrupt("%w", err)
	}
	if b := m.Bounds(); b.Dx() != p.W || b.Dy() != p.H {
		return corrupt("decoded %dx%d, header %dx%d", b.Dx(), b.Dy(), p.W, p.H)
	}
	return p.draw(m, 0, 0)
}

// guard turns a panic of a decoder into ErrCorrupt.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: decoder failed: %v", fault.ErrCorrupt, r)
		}
	}()
	return f()
}
