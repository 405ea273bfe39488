package weights

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Set is the tensors of a file under their names.
type Set struct {
	Path    string            // "" if it was not opened by name
	Format  string            // "safetensors", "PyTorch zip", "PyTorch legacy"
	Meta    map[string]string // __metadata__ of safetensors
	Notes   []string          // what was unwrapped, renamed or left out, for people
	tensors []*Tensor
	index   map[string]*Tensor
	file    io.Closer
}

// Tensors returns all tensors in their order. The slice is shared.
func (s *Set) Tensors() []*Tensor { return s.tensors }

// Get returns the tensor of that name, or nil.
func (s *Set) Get(name string) *Tensor { return s.index[name] }

// Names lists the tensors in their order.
func (s *Set) Names() []string {
	names := make([]string, len(s.tensors))
	for i, t := range s.tensors {
		names[i] = t.Name
	}
	return names
}

// Close closes the file; tensors cannot be read afterwards.
func (s *Set) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// Open reads the directory of the file at path; its format is found by its first
// bytes. The caller closes the set. Errors are of the class "model" and name the
// file: fault.ErrMalformed, fault.ErrLimit, fault.ErrUnsupported, fault.ErrModel if
// there is no such file.
func Open(path string) (*Set, error) {
	f, size, err := open(path)
	if err != nil {
		return nil, fault.New(err, "the file cannot be read", path, err.Error(), "")
	}
	s, err := Read(f, size)
	if err != nil {
		_ = f.Close()
		return nil, describe(err, path)
	}
	s.Path, s.file = path, f
	return s, nil
}

// open admits regular files only, and waits for nothing.
func open(path string) (*os.File, int64, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", fault.ErrModel, err)
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		_ = f.Close()
		return nil, 0, fmt.Errorf("%w: %w", fault.ErrModel, err)
	}
	return f, st.Size(), nil
}

// Read reads the directory of a file of size bytes; src must stay readable.
func Read(src io.ReaderAt, size int64) (*Set, error) {
	if size > MaxSize {
		return nil, fmt.Errorf("%w: a file of %d bytes, at most %d", fault.ErrLimit, size, int64(MaxSize))
	}
	head := make([]byte, min(16, size))
	if _, err := src.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %w", fault.ErrMalformed, err)
	}
	var s *Set
	var err error
	switch {
	case isZip(head):
		s, err = readZip(src, size)
	case isLegacy(head):
		s, err = readLegacy(src, size)
	default:
		s, err = readSafetensors(src, size)
	}
	if err != nil {
		return nil, err
	}
	return s, s.finish()
}

// finish strips prefixes and builds the index.
func (s *Set) finish() error {
	s.strip("module.", "_orig_mod.")
	if len(s.tensors) == 0 {
		return fmt.Errorf("%w: the file has no tensors", fault.ErrModel)
	}
	if n := len(s.tensors); n > MaxTensors {
		return limit("tensors", n, MaxTensors)
	}
	s.index = make(map[string]*Tensor, len(s.tensors))
	for _, t := range s.tensors {
		if s.index[t.Name] != nil {
			return malformed("tensor %q stands twice in the file", t.Name)
		}
		s.index[t.Name] = t
	}
	return nil
}

// describe says what is wrong with the file and what helps.
func describe(err error, path string) error {
	what, do := "the weights contradict themselves", ""
	switch {
	case errors.Is(err, errState):
		what, do = "not a state dict", "save the tensors alone: torch.save(model.state_dict(), FILE)"
	case errors.Is(err, fault.ErrMalformed):
		what, do = "not a readable file of weights", "check that the file is complete and safetensors or a PyTorch state dict"
	case errors.Is(err, fault.ErrLimit):
		what = "limit exceeded"
	case errors.Is(err, fault.ErrUnsupported):
		what, do = "not supported", "save the tensors alone: torch.save(model.state_dict(), FILE)"
	}
	return fault.New(err, what, path, err.Error(), do)
}
