package dataset

import (
	"crypto/sha256"
	"encoding/binary"
)

// Fingerprint returns two Merkle roots over the rows in path order. data covers
// relative path, size and SHA-256 of each file; rows adds label name, split and
// group. Every text is length-prefixed (u32, little endian).
//
//	leaf = SHA-256(0 ‖ fields)   node = SHA-256(1 ‖ left ‖ right)
//
// An odd node moves up as it is.
func (s *Set) Fingerprint() (data, rows [sha256.Size]byte) {
	a, b := make([][sha256.Size]byte, len(s.Samples)), make([][sha256.Size]byte, len(s.Samples))
	var buf []byte
	for i := range s.Samples {
		x := &s.Samples[i]
		buf = x.leaf(buf)
		a[i] = sha256.Sum256(buf)
		for _, t := range []string{s.Classes[x.Label], x.Split.String(), x.Group} {
			buf = text(buf, t)
		}
		b[i] = sha256.Sum256(buf)
	}
	return merkle(a), merkle(b)
}

// leaf is what the data root covers of a row.
func (x *Sample) leaf(buf []byte) []byte {
	buf = text(append(buf[:0], 0), x.Path)
	buf = binary.LittleEndian.AppendUint64(buf, uint64(x.Size))
	return append(buf, x.SHA256[:]...)
}

// dataRoot is the first root of Fingerprint; it needs no labels.
func (s *Set) dataRoot() [sha256.Size]byte {
	a := make([][sha256.Size]byte, len(s.Samples))
	var buf []byte
	for i := range s.Samples {
		buf = s.Samples[i].leaf(buf)
		a[i] = sha256.Sum256(buf)
	}
	return merkle(a)
}

func text(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...)
}

// merkle folds n hashes into one; of none it is the hash of nothing.
func merkle(n [][sha256.Size]byte) [sha256.Size]byte {
	if len(n) == 0 {
		return sha256.Sum256(nil)
	}
	for len(n) > 1 {
		k := 0
		for i := 0; i < len(n); i += 2 {
			if i+1 == len(n) {
				n[k] = n[i]
			} else {
				n[k] = sha256.Sum256(append(append([]byte{1}, n[i][:]...), n[i+1][:]...))
			}
			k++
		}
		n = n[:k]
	}
	return n[0]
}
