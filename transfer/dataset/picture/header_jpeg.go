package picture

import "encoding/binary"

// jpeg walks the marker segments up to the first scan.
func (p *prober) jpeg() error {
	off := int64(2)
	for range maxParts {
		b, err := p.at(off, 4)
		if err != nil {
			return err
		}
		if b[0] != 0xff {
			return corrupt("JPEG marker expected at byte %d", off)
		}
		m := b[1]
		if m == 0xff { // fill byte
			off++
			continue
		}
		if m == 0x01 || m >= 0xd0 && m <= 0xd7 { // stand-alone markers
			off += 2
			continue
		}
		n := int64(binary.BigEndian.Uint16(b[2:]))
		if n < 2 || m == 0xd8 || m == 0xd9 {
			return corrupt("JPEG marker %02x out of place at byte %d", m, off)
		}
		if err := p.segment(m, off+4, n-2); err != nil {
			return err
		}
		off += 2 + n
		if m == 0xda {
			p.body = off
			return p.started()
		}
	}
	return corrupt("more than %d JPEG segments", maxParts)
}

func (p *prober) started() error {
	if p.W == 0 {
		return corrupt("JPEG scan before its frame")
	}
	return nil
}

// segment reads the frame header and the EXIF segment, skips the rest.
func (p *prober) segment(m byte, off, n int64) error {
	switch {
	case m == 0xe1:
		p.exif(off, n, "Exif\x00\x00")
	case m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc:
		return p.frame(m, off)
	}
	return nil
}

// frame reads SOF: precision, height, width, components.
func (p *prober) frame(m byte, off int64) error {
	if m > 0xc2 {
		return corrupt("JPEG coding SOF%d (lossless, hierarchical or arithmetic) is not supported", m-0xc0)
	}
	if p.W != 0 {
		return corrupt("JPEG with two frames")
	}
	b, err := p.at(off, 6)
	if err != nil {
		return err
	}
	if b[0] != 8 {
		return corrupt("JPEG of %d bits is not supported", b[0])
	}
	if b[5] != 1 && b[5] != 3 && b[5] != 4 {
		return corrupt("JPEG of %d components", b[5])
	}
	p.H, p.W = int(binary.BigEndian.Uint16(b[1:])), int(binary.BigEndian.Uint16(b[3:]))
	if p.H == 0 || p.W == 0 {
		return corrupt("JPEG of %dx%d pixels", p.W, p.H)
	}
	return nil
}
