package picture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Format is a picture file format.
type Format uint8

// The formats. BMP and TIFF are read only when asked for.
const (
	Unknown Format = iota
	JPEG
	PNG
	GIF
	WebP
	BMP
	TIFF
)

var formatNames = [...]string{"unknown", "jpeg", "png", "gif", "webp", "bmp", "tiff"}

// String returns the format's name.
func (f Format) String() string { return formatNames[f] }

// Header is what a file says of itself before its pixels.
type Header struct {
	Format      Format
	W, H        int  // as stored, before the orientation is applied
	Orientation int  // EXIF 1…8; 1 if absent or odd
	Animated    bool // more than one frame is announced; only the first is read
	body        int64
	part        section // WebP: the chunk that holds the first frame
}

type section struct{ off, size int64 }

// Options of reading.
type Options struct {
	BMP, TIFF  bool // allow these formats
	IgnoreEXIF bool // leave the pixels as stored, as torchvision does
}

// Probe reads the header of a file of size bytes. Errors: ErrTooLarge over the
// limits, ErrCorrupt for anything that is not a picture we read.
func Probe(r io.ReaderAt, size int64, o Options) (Header, error) {
	if size == 0 {
		return Header{}, corrupt("empty file")
	}
	if size > MaxBytes {
		return Header{}, fmt.Errorf("%w: %d bytes, limit %d", fault.ErrTooLarge, size, int64(MaxBytes))
	}
	p := &prober{r: r, size: size, Header: Header{Orientation: 1}}
	if err := p.read(o); err != nil {
		return Header{}, err
	}
	if p.W <= 0 || p.H <= 0 {
		return Header{}, corrupt("%s of %dx%d pixels", p.Format, p.W, p.H)
	}
	if int64(p.W)*int64(p.H) > MaxPixels {
		return Header{}, fmt.Errorf("%w: %s of %dx%d pixels, limit %d pixels", fault.ErrTooLarge, p.Format, p.W, p.H, MaxPixels)
	}
	return p.Header, nil
}

// prober reads small pieces at offsets. It keeps the first error.
type prober struct {
	r    io.ReaderAt
	size int64
	Header
	buf [64]byte
}

// at returns n (at most 64) bytes at off.
func (p *prober) at(off int64, n int) ([]byte, error) {
	b := p.buf[:n]
	if off < 0 || off+int64(n) > p.size {
		return nil, corrupt("%s header cut short at byte %d", p.Format, p.size)
	}
	if _, err := p.r.ReadAt(b, off); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %w", fault.ErrCorrupt, err)
	}
	return b, nil
}

func (p *prober) read(o Options) error {
	var magic [16]byte
	n, err := p.r.ReadAt(magic[:min(16, p.size)], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", fault.ErrCorrupt, err)
	}
	p.Format = sniff(magic[:n])
	switch p.Format {
	case JPEG:
		return p.jpeg()
	case PNG:
		return p.png()
	case GIF:
		return p.gif()
	case WebP:
		return p.webp()
	case BMP:
		return p.optional(o.BMP)
	case TIFF:
		return p.optional(o.TIFF)
	default:
	}
	return corrupt("not a picture format we read (%s)", guess(magic[:n]))
}

func sniff(b []byte) Format {
	has := func(off int, s string) bool { return len(b) >= off+len(s) && string(b[off:off+len(s)]) == s }
	switch {
	case has(0, "\xff\xd8\xff"):
		return JPEG
	case has(0, "\x89PNG\r\n\x1a\n"):
		return PNG
	case has(0, "GIF87a"), has(0, "GIF89a"):
		return GIF
	case has(0, "RIFF") && has(8, "WEBP"):
		return WebP
	case has(0, "BM"):
		return BMP
	case has(0, "II*\x00"), has(0, "MM\x00*"):
		return TIFF
	}
	return Unknown
}

// guess names a format we refuse.
func guess(b []byte) string {
	switch {
	case len(b) >= 12 && string(b[4:8]) == "ftyp":
		return "HEIC, AVIF or video: convert it to JPEG or PNG"
	case bytes.HasPrefix(b, []byte("P5")), bytes.HasPrefix(b, []byte("P6")):
		return "PNM: convert it to PNG"
	case strings.HasPrefix(strings.ToLower(string(b)), "<"):
		return "text or HTML, perhaps a failed download"
	}
	return fmt.Sprintf("begins with % x", b[:min(len(b), 4)])
}

func corrupt(format string, a ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{fault.ErrCorrupt}, a...)...)
}
