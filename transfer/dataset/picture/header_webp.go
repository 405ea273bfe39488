package picture

import "encoding/binary"

// webp finds the canvas size, the first frame's bitstream and EXIF.
// Source: RFC 9649.
func (p *prober) webp() error {
	b, err := p.at(4, 4)
	if err != nil {
		return err
	}
	if end := int64(binary.LittleEndian.Uint32(b)) + 8; end > p.size {
		return corrupt("WebP of %d bytes, its header says %d", p.size, end)
	}
	off := int64(12)
	for range maxParts {
		if off+8 > p.size {
			break
		}
		b, err := p.at(off, 8)
		if err != nil {
			return err
		}
		n := int64(binary.LittleEndian.Uint32(b[4:]))
		if off+8+n > p.size {
			return corrupt("WebP chunk at byte %d runs over the end", off)
		}
		if err := p.chunk(string(b[:4]), off+8, n); err != nil {
			return err
		}
		off += 8 + n + n&1
	}
	if p.part.size == 0 {
		return corrupt("WebP without pixels")
	}
	return nil
}

func (p *prober) chunk(id string, off, n int64) error {
	switch id {
	case "VP8X":
		b, err := p.at(off, 10)
		if err != nil {
			return err
		}
		p.Animated = b[0]&2 != 0
		p.W, p.H = 1+u24(b[4:]), 1+u24(b[7:])
	case "VP8 ", "VP8L":
		return p.bitstream(id, off, n)
	case "ANMF":
		return p.frameWebP(off, n)
	case "EXIF":
		prefix := ""
		if b, err := p.at(off, 6); err == nil && string(b) == "Exif\x00\x00" {
			prefix = "Exif\x00\x00"
		}
		p.exif(off, n, prefix)
	}
	return nil
}

// bitstream keeps the first bitstream; without VP8X it decides the size.
func (p *prober) bitstream(id string, off, n int64) error {
	if p.part.size != 0 {
		return nil
	}
	b, err := p.at(off, 10)
	if err != nil {
		return err
	}
	var w, h int
	if id == "VP8L" {
		v := binary.LittleEndian.Uint32(b[1:])
		w, h = 1+int(v&0x3fff), 1+int(v>>14&0x3fff)
	} else {
		w, h = int(binary.LittleEndian.Uint16(b[6:])&0x3fff), int(binary.LittleEndian.Uint16(b[8:])&0x3fff)
	}
	if p.W == 0 {
		p.W, p.H = w, h
	}
	if w > p.W || h > p.H {
		return corrupt("WebP frame of %dx%d on a canvas of %dx%d", w, h, p.W, p.H)
	}
	p.part = section{off - 8, n + 8}
	return nil
}

// frameWebP looks into an animation frame: 16 bytes, then chunks.
func (p *prober) frameWebP(off, n int64) error {
	end := off + n
	off += 16
	for range maxParts {
		if p.part.size != 0 || off+8 > end {
			return nil
		}
		b, err := p.at(off, 8)
		if err != nil {
			return err
		}
		id, m := string(b[:4]), int64(binary.LittleEndian.Uint32(b[4:]))
		if off+8+m > end {
			return corrupt("WebP frame chunk at byte %d runs over its end", off)
		}
		if id == "VP8 " || id == "VP8L" {
			return p.bitstream(id, off+8, m)
		}
		off += 8 + m + m&1
	}
	return nil
}

func u24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
