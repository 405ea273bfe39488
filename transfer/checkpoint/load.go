package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Load reads and verifies path. It allocates at most the size of the file and a
// few MiB for the header. Error: fault.ErrCheckpoint.
func Load(path string) (*State, error) {
	// Without O_NONBLOCK a FIFO of that name would hang the open.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, refuse(path, "the checkpoint cannot be opened", "", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return nil, refuse(path, "the checkpoint cannot be read", "", err)
	}
	s, err := read(f, st.Size())
	var b *badSection
	if errors.As(err, &b) {
		return nil, refuse(path, b.what, b.section, b.err)
	}
	return s, err
}

// badSection says which part of the file is wrong.
type badSection struct {
	what, section string
	err           error
}

func (b *badSection) Error() string { return b.section + ": " + b.what + ": " + b.err.Error() }

func damaged(section, format string, args ...any) error {
	return &badSection{"the checkpoint is damaged", section, fmt.Errorf(format, args...)}
}

func refuse(path, what, section string, err error) error {
	where := path
	if section != "" {
		where += ": " + section
	}
	do := "use another checkpoint of the run, or begin again without --resume"
	if what == newer {
		do = "use the gotl-gpu that wrote it, or a newer one"
	}
	return fault.New(fmt.Errorf("%w: %w", fault.ErrCheckpoint, err), what, where, err.Error(), do)
}

const newer = "the checkpoint is of a newer gotl-gpu"

// read decodes a file of size bytes.
func read(r io.Reader, size int64) (*State, error) {
	h, at, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	total, err := h.Tensors.check(at)
	if err != nil {
		return nil, damaged("header", "%w", err)
	}
	if total != size {
		return nil, damaged("length", "the header describes %d bytes, the file has %d", total, size)
	}
	s := &State{Meta: h.Meta, Tensors: make([]Tensor, len(h.Tensors))}
	for i := range h.Tensors {
		if s.Tensors[i], err = readTensor(r, &h.Tensors[i]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// readHeader returns the verified header and the offset of the data.
func readHeader(r io.Reader, size int64) (h *header, at int64, err error) {
	var p [prefix]byte
	if _, err := io.ReadFull(r, p[:]); err != nil {
		return nil, 0, damaged("length", "%d bytes are too few for a checkpoint", size)
	}
	if string(p[:len(magic)]) != magic {
		return nil, 0, &badSection{"this is not a gotl-gpu checkpoint", "magic",
			fmt.Errorf("it begins with %q, want %q", p[:len(magic)], magic)}
	}
	if v := binary.LittleEndian.Uint32(p[8:]); v > version {
		return nil, 0, &badSection{newer, "version", fmt.Errorf("format %d, this version reads up to %d", v, version)}
	} else if v == 0 {
		return nil, 0, damaged("version", "format 0 never existed")
	}
	n := int64(binary.LittleEndian.Uint32(p[12:]))
	at = padded(prefix + n + sealLen)
	if n > maxHeader || at > size {
		return nil, 0, damaged("header", "%d bytes claimed, the file has %d and the limit is %d", n, size, maxHeader)
	}
	b := make([]byte, at-prefix)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, 0, damaged("header", "%w", err)
	}
	h, err = parseHeader(p[:], b, n)
	return h, at, err
}

// parseHeader checks seal and padding of b = JSON[n], seal, zeros, and decodes it.
func parseHeader(p, b []byte, n int64) (*header, error) {
	sum := sha256.New()
	sum.Write(p)
	sum.Write(b[:n])
	if !bytes.Equal(sum.Sum(nil), b[n:n+sealLen]) {
		return nil, damaged("header", "its SHA-256 differs from the stored one")
	}
	if !allZero(b[n+sealLen:]) {
		return nil, damaged("padding of the header", "it is not zero")
	}
	d := json.NewDecoder(bytes.NewReader(b[:n]))
	d.DisallowUnknownFields()
	var h header
	if err := d.Decode(&h); err != nil {
		return nil, damaged("header", "%w", err)
	}
	if d.InputOffset() != n {
		return nil, damaged("header", "%d bytes follow the JSON", n-d.InputOffset())
	}
	return &h, nil
}

// readTensor reads one section with its padding; its size was checked before.
func readTensor(r io.Reader, s *section) (Tensor, error) {
	name := fmt.Sprintf("tensor %q", s.Name)
	n, err := s.elements()
	if err != nil {
		return Tensor{}, damaged(name, "%w", err)
	}
	h := sha256.New()
	data, err := readData(io.TeeReader(r, h), s.Type, n)
	if err != nil {
		return Tensor{}, damaged(name, "%w", err)
	}
	if hex.EncodeToString(h.Sum(nil)) != s.Sum {
		return Tensor{}, damaged(name, "its SHA-256 differs from the stored one")
	}
	size := int64(n) * s.Type.size()
	pad := make([]byte, padded(size)-size)
	if _, err := io.ReadFull(r, pad); err != nil || !allZero(pad) {
		return Tensor{}, damaged("padding of "+name, "it is not zero or missing")
	}
	t := Tensor{Name: s.Name, Shape: s.Shape, Data: data}
	return t, nil
}

func allZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}
