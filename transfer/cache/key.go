package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Key identifies stored numbers by everything they depend on.
type Key [sha256.Size]byte

// String is the key in hexadecimal, a file's name.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// NewKey is the SHA-256 of parts, each preceded by its length (u64, little endian),
// so that no two lists of parts have the same bytes.
func NewKey(parts ...string) Key {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.LittleEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return Key(h.Sum(nil))
}

// Record is the tag of the record of one picture: image is the SHA-256 of its file,
// draw tells apart pictures of equal bytes that a random view shows differently
// (the sample's index; 0 in a view without randomness).
func (k Key) Record(image [sha256.Size]byte, draw uint64) Key {
	var b [2*sha256.Size + 8]byte
	copy(b[:], k[:])
	copy(b[sha256.Size:], image[:])
	binary.LittleEndian.PutUint64(b[2*sha256.Size:], draw)
	return sha256.Sum256(b[:])
}
