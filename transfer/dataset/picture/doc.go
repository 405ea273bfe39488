// Package picture reads one picture file: header first, within limits, then the
// pixels as upright interleaved RGB bytes.
//
//	Probe   magic bytes, size, orientation; nothing is decoded
//	Tail    fed with the file's bytes, says whether the end is there
//	Decode  pixels, [H W 3]; DecodePart: some of them, JPEG also reduced
//
// Magic bytes choose the decoder, never the name. Colour rules are DATA §6.
// Nothing here panics on hostile bytes; errors are ErrCorrupt or ErrTooLarge.
package picture

// RGB is a decoded picture: Pix is [H W 3] without gaps.
type RGB struct {
	W, H int
	Pix  []byte
}

// Limits of a picture file.
const (
	MaxPixels = 89_478_485 // Pillow's warning level
	MaxBytes  = 256 << 20
	maxScans  = 100  // of a progressive JPEG
	maxParts  = 4096 // segments or chunks before the pixels
)
