package picture

import (
	"encoding/binary"
	"errors"
	"io"
)

// maxEXIF is the most of a block that is searched: IFD0 stands at its start.
const maxEXIF = 64 << 10

// exif sets the orientation from a block of n bytes that begins with prefix.
// Damaged blocks are ignored, as viewers do.
func (p *prober) exif(off, n int64, prefix string) {
	if p.Orientation != 1 || n < int64(len(prefix)) || off+n > p.size {
		return
	}
	b := make([]byte, min(n, maxEXIF))
	if _, err := p.r.ReadAt(b, off); err != nil && !errors.Is(err, io.EOF) {
		return
	}
	if string(b[:len(prefix)]) == prefix {
		p.Orientation = orientation(b[len(prefix):])
	}
}

// orientation reads tag 0x0112 of IFD0 in a TIFF block: 1…8, 1 if absent or odd.
// Source: TIFF 6.0 §2, CIPA DC-008 §4.6.
func orientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var o binary.ByteOrder
	switch string(b[:4]) {
	case "II*\x00":
		o = binary.LittleEndian
	case "MM\x00*":
		o = binary.BigEndian
	default:
		return 1
	}
	at := uint64(o.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 1
	}
	entries := b[at+2:]
	for range o.Uint16(b[at:]) {
		if len(entries) < 12 {
			return 1
		}
		if o.Uint16(entries) == 0x0112 {
			return upright(o, entries)
		}
		entries = entries[12:]
	}
	return 1
}

// upright reads the value of one entry: type SHORT (3) or LONG (4), count 1.
func upright(o binary.ByteOrder, e []byte) int {
	if o.Uint32(e[4:]) != 1 {
		return 1
	}
	v := 1
	switch o.Uint16(e[2:]) {
	case 3:
		v = int(o.Uint16(e[8:]))
	case 4:
		v = int(min(o.Uint32(e[8:]), 9))
	}
	if v < 1 || v > 8 {
		return 1
	}
	return v
}
