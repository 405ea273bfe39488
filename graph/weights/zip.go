package weights

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
)

// zipFile is the directory of a zip. Only entries stored as they are can be read.
// archive/zip would serve, but holds whatever number of entries a file claims.
// Source: APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3.
type zipFile struct {
	src     io.ReaderAt
	entries map[string]zipEntry
	begin   int64 // of the directory: entries lie before it
}

type zipEntry struct {
	at, size int64 // at: of its local header
	packed   bool  // compressed or encrypted
}

func isZip(head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

// openZip reads the directory.
func openZip(src io.ReaderAt, size int64) (*zipFile, error) {
	z := &zipFile{src: src, entries: map[string]zipEntry{}}
	count, err := z.locate(size)
	if err != nil {
		return nil, err
	}
	if count > MaxTensors {
		return nil, limit("zip entries", int(min(count, math.MaxInt32)), MaxTensors)
	}
	r := bufio.NewReaderSize(io.NewSectionReader(src, z.begin, size-z.begin), 1<<16)
	for range count {
		if err := z.entry(r); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = malformed("the directory of the zip is cut off")
			}
			return nil, err
		}
	}
	return z, nil
}

// locate finds the directory from the end of the file and returns its entries.
func (z *zipFile) locate(size int64) (uint64, error) {
	const end, locator, end64 = 22, 20, 56
	tail := make([]byte, min(size, end+math.MaxUint16))
	from := size - int64(len(tail))
	if _, err := z.src.ReadAt(tail, from); err != nil && !errors.Is(err, io.EOF) {
		return 0, malformed("%v", err)
	}
	at := len(tail) - end
	for ; at >= 0; at-- {
		if string(tail[at:at+4]) == "PK\x05\x06" && at+end+int(le.Uint16(tail[at+20:])) == len(tail) {
			break
		}
	}
	if at < 0 {
		return 0, malformed("the zip has no directory: the file is cut off")
	}
	e := tail[at:]
	count, length, begin := uint64(le.Uint16(e[10:])), uint64(le.Uint32(e[12:])), uint64(le.Uint32(e[16:]))
	limitAt := from + int64(at)
	if count == math.MaxUint16 || length == math.MaxUint32 || begin == math.MaxUint32 {
		var l [locator]byte
		if _, err := z.src.ReadAt(l[:], limitAt-locator); err != nil || string(l[:4]) != "PK\x06\x07" {
			return 0, malformed("the zip has no 64-bit directory though it needs one")
		}
		var e [end64]byte
		limitAt = int64(min(le.Uint64(l[8:]), uint64(size)))
		if _, err := z.src.ReadAt(e[:], limitAt); err != nil || string(e[:4]) != "PK\x06\x06" {
			return 0, malformed("the zip has no 64-bit directory though it needs one")
		}
		count, length, begin = le.Uint64(e[32:]), le.Uint64(e[40:]), le.Uint64(e[48:])
	}
	if begin > uint64(limitAt) || length > uint64(limitAt)-begin || count > length/46 {
		return 0, malformed("the zip's directory of %d entries and %d bytes at %d does not fit the file", count, length, begin)
	}
	z.begin = int64(begin)
	return count, nil
}

// entry reads one record of the directory.
func (z *zipFile) entry(r *bufio.Reader) error {
	var h [46]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return err
	}
	if string(h[:4]) != "PK\x01\x02" {
		return malformed("a record of the zip's directory is none")
	}
	n, extra, comment := int(le.Uint16(h[28:])), int(le.Uint16(h[30:])), int(le.Uint16(h[32:]))
	if n > MaxName {
		return limit("bytes in a name", n, MaxName)
	}
	b := make([]byte, n+extra)
	if _, err := io.ReadFull(r, b); err != nil {
		return err
	}
	if _, err := r.Discard(comment); err != nil {
		return err
	}
	name := string(b[:n])
	packed, size, at := uint64(le.Uint32(h[20:])), uint64(le.Uint32(h[24:])), uint64(le.Uint32(h[42:]))
	if err := wide(b[n:], &size, &packed, &at); err != nil {
		return err
	}
	squeezed := le.Uint16(h[10:]) != 0 || le.Uint16(h[8:])&1 != 0
	switch {
	case checkName(name) != nil:
		return malformed("a name in the zip is not valid UTF-8")
	case !squeezed && packed != size || at > uint64(z.begin) || packed > uint64(z.begin)-at:
		return malformed("zip entry %q of %d bytes at %d does not fit the file", name, size, at)
	}
	if _, ok := z.entries[name]; ok {
		return malformed("the zip has %q twice", name)
	}
	z.entries[name] = zipEntry{int64(at), int64(packed), squeezed}
	return nil
}

// wide replaces fields that do not fit 32 bits by those of the extra field.
func wide(extra []byte, fields ...*uint64) error {
	for len(extra) >= 4 {
		id, n := le.Uint16(extra), int(le.Uint16(extra[2:]))
		if n > len(extra)-4 {
			return malformed("an extra field of the zip is cut off")
		}
		body := extra[4 : 4+n]
		extra = extra[4+n:]
		if id != 1 {
			continue
		}
		for _, f := range fields {
			if *f == math.MaxUint32 {
				if len(body) < 8 {
					return malformed("a 64-bit field of the zip is missing")
				}
				*f, body = le.Uint64(body), body[8:]
			}
		}
	}
	return nil
}

// find returns where the bytes of an entry lie, behind its local header.
func (z *zipFile) find(name string) (at, size int64, err error) {
	e, ok := z.entries[name]
	if !ok {
		return 0, 0, malformed("the zip has no entry %q", name)
	}
	if e.packed {
		return 0, 0, unsupported("zip entry %q is compressed or encrypted; torch.save stores entries as they are", name)
	}
	var h [30]byte
	if _, err := z.src.ReadAt(h[:], e.at); err != nil || string(h[:4]) != "PK\x03\x04" {
		return 0, 0, malformed("zip entry %q has no header of its own", name)
	}
	n := int(le.Uint16(h[26:]))
	own := make([]byte, min(n, MaxName))
	if _, err := z.src.ReadAt(own, e.at+30); err != nil || string(own) != name {
		return 0, 0, malformed("zip entry %q has another name in its own header", name)
	}
	at = e.at + 30 + int64(n) + int64(le.Uint16(h[28:]))
	if at > z.begin || e.size > z.begin-at {
		return 0, 0, malformed("zip entry %q of %d bytes at %d does not fit the file", name, e.size, at)
	}
	return at, e.size, nil
}
