package picture

import (
	"encoding/binary"
	"math"
)

// png reads IHDR and walks the chunks up to the first IDAT.
func (p *prober) png() error {
	b, err := p.at(8, 21)
	if err != nil {
		return err
	}
	if string(b[4:8]) != "IHDR" || binary.BigEndian.Uint32(b) != 13 {
		return corrupt("PNG without IHDR")
	}
	w, h := binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:])
	if w > math.MaxInt32 || h > math.MaxInt32 {
		return corrupt("PNG of %dx%d pixels", w, h)
	}
	p.W, p.H = int(w), int(h)
	off := int64(33)
	for range maxParts {
		b, err := p.at(off, 8)
		if err != nil {
			return err
		}
		n := int64(binary.BigEndian.Uint32(b))
		switch string(b[4:8]) {
		case "IDAT":
			p.body = off
			return nil
		case "eXIf":
			p.exif(off+8, n, "")
		case "acTL":
			p.Animated = true
		}
		off += 12 + n
	}
	return corrupt("more than %d PNG chunks before the pixels", maxParts)
}
