package picture

import "bytes"

// Tail watches a file's bytes go by and tells whether the picture's end is
// there. Feed the whole file in order with Write.
//
//	JPEG  an EOI marker after the first scan began: entropy-coded bytes never
//	      hold one, thumbnails stand before it
//	PNG   an IEND chunk after the first IDAT
//
// Other formats carry their length in the header.
type Tail struct {
	format Format
	body   int64 // where the pixels begin
	pos    int64 // bytes seen
	carry  []byte
	found  bool
	scans  int
}

// NewTail returns a Tail for a file with header h.
func NewTail(h Header) *Tail { return &Tail{format: h.Format, body: h.body, scans: 1} }

// Write never fails.
func (t *Tail) Write(b []byte) (int, error) {
	n := len(b)
	skip := min(max(t.body-t.pos, 0), int64(n))
	t.pos += int64(n)
	if b = b[skip:]; len(b) == 0 {
		return n, nil
	}
	switch t.format {
	case JPEG:
		t.jpeg(b)
	case PNG:
		t.png(b)
	default: // no end mark to look for
	}
	return n, nil
}

// jpeg counts scans and finds the end. A byte after FF may lie in the next write.
func (t *Tail) jpeg(b []byte) {
	if len(t.carry) == 1 {
		t.marker(b[0])
	}
	for i := 0; ; {
		k := bytes.IndexByte(b[i:], 0xff)
		if k < 0 {
			t.carry = t.carry[:0]
			return
		}
		if i += k + 1; i == len(b) {
			t.carry = append(t.carry[:0], 0xff)
			return
		}
		t.marker(b[i])
	}
}

func (t *Tail) marker(m byte) {
	switch m {
	case 0xd9:
		t.found = true
	case 0xda:
		t.scans++
	}
}

// png finds the four letters, also over two writes.
func (t *Tail) png(b []byte) {
	const end = "IEND"
	if t.found {
		return
	}
	t.carry = append(t.carry, b[:min(len(b), len(end)-1)]...)
	t.found = bytes.Contains(t.carry, []byte(end)) || bytes.Contains(b, []byte(end))
	if len(b) >= len(end)-1 {
		t.carry = append(t.carry[:0], b[len(b)-len(end)+1:]...)
	} else if extra := len(t.carry) - len(end) + 1; extra > 0 {
		t.carry = t.carry[extra:]
	}
}

// Err returns ErrCorrupt if the end is missing or a JPEG has too many scans.
func (t *Tail) Err() error {
	if t.format != JPEG && t.format != PNG {
		return nil
	}
	if !t.found {
		return corrupt("%s is cut short: no end mark in %d bytes", t.format, t.pos)
	}
	if t.scans > maxScans {
		return corrupt("%d JPEG scans, limit %d", t.scans, maxScans)
	}
	return nil
}
