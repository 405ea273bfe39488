//go:build !libjpeg || !cgo

package jpeg

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"runtime"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Reduces is true if DecodeWindow can reduce a picture while decoding.
const Reduces = false

// Decoder names the decoder and its version.
func Decoder() string { return "go image/jpeg " + runtime.Version() }

// Live counts bytes held by C: none in this build.
func Live() int64 { return 0 }

// decode has no way to leave pixels out: it decodes all and copies the window.
func decode(dst, data []byte, w, h int, win Window) error {
	if win.W == w && win.H == h {
		return whole(dst, data, w, h)
	}
	all := make([]byte, 3*w*h)
	if err := whole(all, data, w, h); err != nil {
		return err
	}
	for y := range win.H {
		copy(dst[3*y*win.W:3*(y+1)*win.W], all[3*((win.Y+y)*w+win.X):])
	}
	return nil
}

func whole(dst, data []byte, w, h int) error {
	if n := bytes.Count(data, []byte{0xff, 0xda}); n > 4*maxScans { // thumbnails and tables may hold the pair
		return fmt.Errorf("%w: %d scans, limit %d", fault.ErrCorrupt, n, maxScans)
	}
	m, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("%w: %w", fault.ErrCorrupt, err)
	}
	b := m.Bounds()
	if b.Dx() != w || b.Dy() != h {
		return fmt.Errorf("%w: decoded %dx%d, header %dx%d", fault.ErrCorrupt, b.Dx(), b.Dy(), w, h)
	}
	switch m := m.(type) {
	case *image.YCbCr:
		fromYCbCr(dst, m, w, h)
	case *image.Gray:
		fromGray(dst, m, w, h)
	case *image.CMYK:
		fromCMYK(dst, m, w, h)
	case *image.RGBA:
		fromRGBA(dst, m, w, h)
	default:
		return fmt.Errorf("%w: decoded to %T", fault.ErrCorrupt, m)
	}
	return nil
}

func fromYCbCr(dst []byte, m *image.YCbCr, w, h int) {
	for y := range h {
		for x := range w {
			c := m.COffset(m.Rect.Min.X+x, m.Rect.Min.Y+y)
			dst[0], dst[1], dst[2] = color.YCbCrToRGB(m.Y[y*m.YStride+x], m.Cb[c], m.Cr[c])
			dst = dst[3:]
		}
	}
}

func fromGray(dst []byte, m *image.Gray, w, h int) {
	for y := range h {
		for _, v := range m.Pix[y*m.Stride:][:w] {
			dst[0], dst[1], dst[2] = v, v, v
			dst = dst[3:]
		}
	}
}

func fromRGBA(dst []byte, m *image.RGBA, w, h int) {
	for y := range h {
		p := m.Pix[y*m.Stride:][:4*w]
		for x := 0; x < len(p); x += 4 {
			copy(dst, p[x:x+3])
			dst = dst[3:]
		}
	}
}

func fromCMYK(dst []byte, m *image.CMYK, w, h int) {
	for y := range h {
		p := m.Pix[y*m.Stride:][:4*w]
		for x := 0; x < len(p); x += 4 {
			nk := 255 - int(p[x+3])
			for c := range 3 {
				t := int(p[x+c])*nk + 128 // c·nk/255, rounded
				dst[c] = byte(nk - (t+t>>8)>>8)
			}
			dst = dst[3:]
		}
	}
}
