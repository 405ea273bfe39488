// Package jpeg decodes one JPEG picture to interleaved RGB bytes.
//
// Built with the tag libjpeg it calls libjpeg-turbo (ISLOW DCT, fancy
// upsampling: Pillow's bits); without it, Go's image/jpeg. [Decoder] tells
// which. Bits differ between the two, so the name belongs into run records and
// cache keys.
//
// The C side is one call a picture. It keeps no Go pointer after the call,
// allocates through a counted allocator ([Live] returns to 0) and turns every
// library error into a Go error. All functions may be called from any
// goroutine.
package jpeg

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// maxScans bounds progressive pictures: each scan walks all coefficients.
const maxScans = 100

// Decode writes the picture in data to dst, [h w 3] RGB. w and h are those of
// its frame header; EXIF is ignored. CMYK and YCCK become R = (255−C)(255−K)/255
// with Adobe's inverted samples, as Pillow reads them; gray is repeated.
//
// Errors: ErrCorrupt for pictures that are cut short, contradict themselves or
// use a coding that is not supported. dst is then undefined.
func Decode(dst, data []byte, w, h int) error {
	if w <= 0 || h <= 0 || len(dst) != 3*w*h || len(data) < 4 {
		return fmt.Errorf("%w: JPEG of %d bytes, %dx%d pixels into %d bytes", fault.ErrCorrupt, len(data), w, h, len(dst))
	}
	return decode(dst, data, w, h, Window{1, 0, 0, w, h})
}

// Window is W by H pixels from (X, Y) of a picture reduced to 1/Denom, whose
// sides round up. Denom is 1, or 2, 4, 8 where [Reduces].
type Window struct{ Denom, X, Y, W, H int }

// DecodeWindow is [Decode] for a part of the picture: dst is [win.H win.W 3]. At
// Denom 1 its bytes are those of the whole picture. Damage outside the window is
// an error too, so that a picture is good or bad whatever is wanted of it.
func DecodeWindow(dst, data []byte, w, h int, win Window) error {
	d := win.Denom
	if d != 1 && (!Reduces || d != 2 && d != 4 && d != 8) {
		return fmt.Errorf("%w: JPEG reduced to 1/%d", fault.ErrInternal, d)
	}
	if win.X < 0 || win.Y < 0 || win.W <= 0 || win.H <= 0 || win.X+win.W > (w+d-1)/d || win.Y+win.H > (h+d-1)/d {
		return fmt.Errorf("%w: window %+v of a JPEG of %dx%d pixels", fault.ErrInternal, win, w, h)
	}
	if w <= 0 || h <= 0 || len(dst) != 3*win.W*win.H || len(data) < 4 {
		return fmt.Errorf("%w: JPEG of %d bytes, %dx%d pixels into %d bytes", fault.ErrCorrupt, len(data), w, h, len(dst))
	}
	return decode(dst, data, w, h, win)
}
