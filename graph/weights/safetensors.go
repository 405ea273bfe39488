package weights

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// readSafetensors reads
//
//	u64 n | n bytes of JSON: name → {dtype, shape, data_offsets} | data
//
// little-endian, the data without holes or overlaps up to the end of the file.
// Source: github.com/huggingface/safetensors, README.md, Format.
func readSafetensors(src io.ReaderAt, size int64) (*Set, error) {
	var head [8]byte
	if size < 8 {
		return nil, malformed("%d bytes, too few for any format", size)
	}
	if _, err := src.ReadAt(head[:], 0); err != nil {
		return nil, malformed("%v", err)
	}
	n := le.Uint64(head[:])
	if n > uint64(size-8) {
		return nil, malformed("neither safetensors nor PyTorch: a header of %d bytes in a file of %d", n, size)
	}
	if n > MaxHeader {
		return nil, limit("bytes of header", int(n), MaxHeader)
	}
	text := make([]byte, n)
	if _, err := src.ReadAt(text, 8); err != nil {
		return nil, malformed("%v", err)
	}
	if n == 0 || text[0] != '{' || !utf8.Valid(text) {
		return nil, malformed("neither safetensors nor PyTorch: the header is no JSON")
	}
	s := &Set{Format: "safetensors"}
	h := &header{text: text, data: 8 + int64(n), size: size - 8 - int64(n)}
	if err := h.parse(); err != nil {
		return nil, err
	}
	if err := h.checkPlaces(); err != nil {
		return nil, err
	}
	for i := range h.tensors {
		t := &h.tensors[i].Tensor
		t.src = src
		s.tensors = append(s.tensors, t)
	}
	slices.SortFunc(s.tensors, func(a, b *Tensor) int { return strings.Compare(a.Name, b.Name) })
	s.Meta = h.meta
	return s, nil
}

// placed is a tensor and the end of its bytes, counted from the begin of the data.
type placed struct {
	Tensor
	begin, end int64
}

// check verifies that a tensor's size is that of its bytes.
func (p *placed) check(data int64) error {
	if p.Stored.Size() == 0 {
		return unsupported("tensor %q has elements of type %q", p.Name, p.Stored)
	}
	n, err := p.Shape.CheckedLen(graph.Float64)
	if err != nil {
		return fmt.Errorf("tensor %q: %w", p.Name, err)
	}
	if p.begin > p.end || int64(n)*int64(p.Stored.Size()) != p.end-p.begin {
		return malformed("tensor %q: %s %v does not fill bytes %d to %d", p.Name, p.Stored, p.Shape, p.begin, p.end)
	}
	p.at = data + p.begin
	return nil
}

// checkPlaces admits neither holes nor overlaps, and nothing behind the last tensor.
func (h *header) checkPlaces() error {
	order := slices.Clone(h.tensors)
	slices.SortFunc(order, func(a, b *placed) int { return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end)) })
	var at int64
	for _, p := range order {
		if p.begin != at {
			return malformed("tensor %q begins at byte %d of the data, the one before ends at %d", p.Name, p.begin, at)
		}
		at = p.end
	}
	if at != h.size {
		return malformed("the tensors end at byte %d of the data, the file at %d", at, h.size)
	}
	return nil
}
