package checkpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

const (
	magic   = "GOTLCKPT"
	version = 1
	align   = 64
	prefix  = 16 // magic, version, header length
	sealLen = 32
)

// Limits of what is read and written.
const (
	maxHeader  = 4 << 20
	maxTensors = 1 << 15
	maxName    = 1024
	maxRank    = 8
)

// header is the JSON part.
type header struct {
	Meta    Meta     `json:"meta"`
	Tensors sections `json:"tensors"`
}

// section describes one tensor.
type section struct {
	Name  string `json:"name"`
	Type  dtype  `json:"type"`
	Shape []int  `json:"shape"`
	Sum   string `json:"sha256"` // hex
}

// sections stops decoding at maxTensors: three bytes of JSON must not buy a
// hundred bytes of memory without end.
type sections []section

func (s *sections) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return errors.New("tensors is not a list")
	}
	*s = sections{}
	for d.More() {
		if len(*s) == maxTensors {
			return fmt.Errorf("more than %d tensors", maxTensors)
		}
		var one section
		if err := d.Decode(&one); err != nil {
			return err
		}
		*s = append(*s, one)
	}
	return nil
}

// elements returns the element count and checks the shape, both without overflow.
func (s *section) elements() (int, error) {
	if len(s.Shape) > maxRank {
		return 0, fmt.Errorf("rank %d, at most %d", len(s.Shape), maxRank)
	}
	n := int64(1)
	for _, d := range s.Shape {
		if d < 0 {
			return 0, fmt.Errorf("negative dimension in %v", s.Shape)
		}
		if d > 0 && n > math.MaxInt32*int64(1<<12)/int64(d) { // 8 TiB of elements
			return 0, fmt.Errorf("shape %v is too large", s.Shape)
		}
		n *= int64(d)
	}
	return int(n), nil
}

// bytes is the length of the data.
func (s *section) bytes() (int64, error) {
	n, err := s.elements()
	if s.Type.size() == 0 && err == nil {
		err = fmt.Errorf("unknown type %q", s.Type)
	}
	return int64(n) * s.Type.size(), err
}

// check validates the list and returns the length of the whole file in bytes,
// given where the data begin. The error names the tensor.
func (s sections) check(at int64) (int64, error) {
	if len(s) > maxTensors {
		return 0, fmt.Errorf("%d tensors, at most %d", len(s), maxTensors)
	}
	seen := make(map[string]bool, len(s))
	for i := range s {
		name := s[i].Name
		if name == "" || len(name) > maxName || !utf8.ValidString(name) || seen[name] {
			return 0, fmt.Errorf("tensor %d: name %.40q is empty, too long, not UTF-8 or used twice", i, name)
		}
		seen[name] = true
		n, err := s[i].bytes()
		if err != nil {
			return 0, fmt.Errorf("tensor %q: %w", name, err)
		}
		if at = padded(at + n); at < 0 || at > 1<<50 {
			return 0, fmt.Errorf("tensor %q: the file would exceed a petabyte", name)
		}
	}
	return at, nil
}

// padded rounds n up to the alignment.
func padded(n int64) int64 { return (n + align - 1) / align * align }
