package decoded

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

const (
	headerBytes = 4096
	align       = 64
	done        = 0x656e6f64 // "done"
)

var (
	magic      = []byte("GOTLPX\x00\x01")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// Key names the contents of a store: everything its bytes depend on.
type Key [32]byte

// layout places the records.
type layout struct {
	size []int
	off  []int64
	end  int64 // bytes of the file
}

func newLayout(size []int) layout {
	l := layout{size: size, off: make([]int64, len(size))}
	at := int64(headerBytes + 8*len(size))
	for i, n := range size {
		at = (at + align - 1) / align * align
		l.off[i] = at
		at += int64(n)
	}
	l.end = at
	return l
}

func (l layout) header(k Key) []byte {
	b := append(append(make([]byte, 0, headerBytes), magic...), k[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(l.size)))
	b = binary.LittleEndian.AppendUint64(b, uint64(l.end))
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	return b[:headerBytes]
}

// fits is true if a file of n bytes that begins with head is of this layout and key.
func (l layout) fits(head []byte, n int64, k Key) bool {
	return n == l.end && bytes.Equal(head, l.header(k))
}

// entry is the index entry of a record.
func entry(record []byte) (e [8]byte) {
	binary.LittleEndian.PutUint32(e[:], done)
	binary.LittleEndian.PutUint32(e[4:], crc32.Checksum(record, castagnoli))
	return e
}
