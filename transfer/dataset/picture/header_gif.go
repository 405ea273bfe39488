package picture

import (
	"bytes"
	"encoding/binary"
)

// gif reads the logical screen. A looping file announces itself right behind
// the palette.
func (p *prober) gif() error {
	b, err := p.at(6, 7)
	if err != nil {
		return err
	}
	p.W, p.H = int(binary.LittleEndian.Uint16(b)), int(binary.LittleEndian.Uint16(b[2:]))
	at := int64(13)
	if b[4]&0x80 != 0 {
		at += 3 << (b[4]&7 + 1)
	}
	if b, err := p.at(at, 19); err == nil {
		p.Animated = bytes.Contains(b, []byte("NETSCAPE2.0"))
	}
	return nil
}
