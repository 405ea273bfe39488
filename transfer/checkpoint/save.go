package checkpoint

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
)

// Save replaces path by s, durably, or leaves it as it was. Errors:
// fault.ErrStorage for the disk, fault.ErrInternal for a state that cannot be written.
func Save(path string, s *State) error {
	head, err := seal(s)
	if err != nil {
		return fmt.Errorf("%w: checkpoint %s: %w", fault.ErrInternal, path, err)
	}
	return atomicfile.WriteFile(path, func(w io.Writer) error { return write(w, head, s) })
}

// write sends the sealed head and the data.
func write(w io.Writer, head []byte, s *State) error {
	if _, err := w.Write(head); err != nil {
		return err
	}
	for i := range s.Tensors {
		t := &s.Tensors[i]
		if err := t.writeTo(w); err != nil {
			return err
		}
		n := int64(t.len()) * t.dtype().size()
		if _, err := w.Write(make([]byte, padded(n)-n)); err != nil {
			return err
		}
	}
	return nil
}

// seal builds everything before the data, the last padding included.
func seal(s *State) ([]byte, error) {
	h := header{Meta: s.Meta, Tensors: make(sections, len(s.Tensors))}
	for i := range s.Tensors {
		one, err := describe(&s.Tensors[i])
		if err != nil {
			return nil, err
		}
		h.Tensors[i] = one
	}
	if _, err := h.Tensors.check(0); err != nil {
		return nil, err
	}
	j, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	if len(j) > maxHeader {
		return nil, fmt.Errorf("header of %d bytes, at most %d", len(j), maxHeader)
	}
	return assemble(j), nil
}

// assemble puts magic, version, length and seal around the JSON.
func assemble(j []byte) []byte {
	b := make([]byte, 0, padded(int64(prefix+len(j)+sealLen)))
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint32(b, version)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(j)))
	b = append(b, j...)
	sum := sha256.Sum256(b)
	b = append(b, sum[:]...)
	return b[:cap(b)] // the rest is zero
}

// describe makes the header entry of t and computes its sum.
func describe(t *Tensor) (section, error) {
	s := section{Name: t.Name, Type: t.dtype(), Shape: t.Shape}
	if s.Shape == nil {
		s.Shape = []int{}
	}
	n, err := s.elements()
	if err == nil && n != t.len() {
		err = fmt.Errorf("shape %v wants %d elements, data have %d", t.Shape, n, t.len())
	}
	if err != nil {
		return s, fmt.Errorf("tensor %q: %w", t.Name, err)
	}
	h := sha256.New()
	if err := t.writeTo(h); err != nil {
		return s, err
	}
	s.Sum = hex.EncodeToString(h.Sum(nil))
	return s, nil
}
