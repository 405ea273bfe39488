package onnx

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

// source is where tensor data come from: the scanned file and, for external data,
// the folder it lies in. The caller closes it.
type source struct {
	blobs []blob
	dir   string // "" when the model was not read from a file
	root  *os.Root
	files map[string]*os.File
}

func (src *source) close() {
	for _, f := range src.files {
		f.Close()
	}
	if src.root != nil {
		src.root.Close()
	}
}

// location is a tensor's place in another file.
type location struct {
	file           string
	offset, length int64 // length -1: to be derived from dims
}

// external reads a tensor from a file beneath the model's folder. Links, devices
// and anything outside are refused; the size is checked before allocation.
func (src *source) external(p *pb.TensorProto, d graph.DType, shape graph.Shape, n int) (*graph.Tensor, error) {
	loc, err := parseLocation(p.GetExternalData())
	if err != nil {
		return nil, err
	}
	need := int64(n) * int64(d.Size())
	if loc.length >= 0 && loc.length != need {
		return nil, fmt.Errorf("%w: dims %v of %v need %d bytes, the external data have %d", fault.ErrShape, shape, d, need, loc.length)
	}
	f, size, err := src.open(loc.file)
	if err != nil {
		return nil, fmt.Errorf("external data %q: %w", loc.file, err)
	}
	if loc.offset > size || need > size-loc.offset {
		return nil, fmt.Errorf("%w: external data %q: %d bytes at %d of a file of %d", fault.ErrMalformed, loc.file, need, loc.offset, size)
	}
	return readAt(f, loc.offset, d, shape)
}

// readAt decodes a tensor in pieces, so that only the tensor itself is held.
func readAt(f io.ReaderAt, at int64, d graph.DType, shape graph.Shape) (*graph.Tensor, error) {
	t := graph.NewTensor(d, shape...)
	const piece = 1 << 18 // elements
	buf := make([]byte, min(piece, t.Len())*d.Size())
	for i := 0; i < t.Len(); i += piece {
		k := min(piece, t.Len()-i)
		b := buf[:k*d.Size()]
		if _, err := f.ReadAt(b, at+int64(i*d.Size())); err != nil {
			return nil, fmt.Errorf("%w: external data: %w", fault.ErrMalformed, err)
		}
		part, err := fromBytes(b, d, graph.Shape{k})
		if err != nil {
			return nil, err
		}
		copyInto(t, part, i)
	}
	return t, nil
}

func copyInto(dst, part *graph.Tensor, at int) {
	switch {
	case dst.F32 != nil:
		copy(dst.F32[at:], part.F32)
	case dst.F64 != nil:
		copy(dst.F64[at:], part.F64)
	case dst.I64 != nil:
		copy(dst.I64[at:], part.I64)
	default:
		copy(dst.U8[at:], part.U8)
	}
}

func parseLocation(kv []*pb.StringStringEntryProto) (location, error) {
	loc := location{length: -1}
	seen := map[string]bool{}
	for _, e := range kv {
		k, v := e.GetKey(), e.GetValue()
		if seen[k] {
			return loc, fmt.Errorf("%w: external data key %q twice", fault.ErrMalformed, k)
		}
		seen[k] = true
		var err error
		switch k {
		case "location":
			loc.file = v
		case "offset":
			loc.offset, err = strconv.ParseInt(v, 10, 64)
		case "length":
			loc.length, err = strconv.ParseInt(v, 10, 64)
		case "checksum", "basepath":
		default:
			return loc, fmt.Errorf("%w: external data key %q", fault.ErrMalformed, k)
		}
		if err != nil || loc.offset < 0 || loc.length < -1 || k == "length" && loc.length < 0 {
			return loc, fmt.Errorf("%w: external data %s %q", fault.ErrMalformed, k, v)
		}
	}
	return loc, checkLocation(loc.file)
}

// checkLocation admits only plain relative paths.
func checkLocation(name string) error {
	if err := checkName("external data location", name); err != nil {
		return err
	}
	clean := path.Clean(name)
	if name == "" || clean != name || !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\x00\\:") {
		return fmt.Errorf("%w: external data location %q leaves the model's folder or is not a plain path", fault.ErrMalformed, name)
	}
	return nil
}

// open opens a regular file with one link beneath the folder, following no links.
func (src *source) open(name string) (*os.File, int64, error) {
	if src.dir == "" {
		return nil, 0, fmt.Errorf("%w: external data of a model without a folder", fault.ErrUnsupported)
	}
	if src.root == nil {
		root, err := os.OpenRoot(src.dir)
		if err != nil {
			return nil, 0, fmt.Errorf("%w: %w", fault.ErrModel, err)
		}
		src.root, src.files = root, map[string]*os.File{}
	}
	if f := src.files[name]; f != nil {
		st, err := f.Stat()
		if err != nil {
			return nil, 0, fmt.Errorf("%w: %w", fault.ErrModel, err)
		}
		return f, st.Size(), nil
	}
	before, err := src.noLinks(name)
	if err != nil {
		return nil, 0, err
	}
	f, err := src.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", fault.ErrModel, err)
	}
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() || !os.SameFile(before, st) {
		f.Close()
		return nil, 0, fmt.Errorf("%w: the file changed while it was opened", fault.ErrMalformed)
	}
	src.files[name] = f
	return f, st.Size(), nil
}

// noLinks checks every component of name and returns the last one's identity.
func (src *source) noLinks(name string) (fs.FileInfo, error) {
	parts := strings.Split(name, "/")
	for i := range parts {
		st, err := src.root.Lstat(strings.Join(parts[:i+1], "/"))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%w: the file is missing", fault.ErrModel)
		case err != nil:
			return nil, fmt.Errorf("%w: %w", fault.ErrModel, err)
		case i < len(parts)-1 && !st.IsDir():
			return nil, fmt.Errorf("%w: %q is not a folder", fault.ErrMalformed, parts[i])
		case i == len(parts)-1 && !st.Mode().IsRegular():
			return nil, fmt.Errorf("%w: not a regular file", fault.ErrMalformed)
		case i == len(parts)-1:
			if sys, ok := st.Sys().(*syscall.Stat_t); ok && sys.Nlink > 1 {
				return nil, fmt.Errorf("%w: hard link", fault.ErrMalformed)
			}
			return st, nil
		}
	}
	return nil, fmt.Errorf("%w: empty path", fault.ErrMalformed)
}
