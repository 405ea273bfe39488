package neon

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/pickle"
)

// Options are the choices of Read.
type Options struct {
	Batch int         // 0: 1
	Input graph.Shape // C, H, W; nil: what the file says
}

// Model is a network of a file.
type Model struct {
	Path    string
	Version string // of neon, as the file says
	Caffe   bool   // compat_mode "caffe": inverted dropout, ceil pooling
	Layers  int
	Graph   *graph.Graph
}

// Limits of what a file may ask for; package pickle has more.
const (
	MaxLayers = 100_000
	// Unpacked is what a gzipped file may grow to beyond twice its size, in bytes.
	Unpacked = 32 << 20
)

// Read imports the network in the file at path. Errors are of the class "model":
// fault.ErrMalformed, fault.ErrLimit, fault.ErrUnsupported, fault.ErrShape,
// fault.ErrModel if there is no such file.
func Read(path string, o Options) (*Model, error) {
	m, err := readFile(path, o)
	if err != nil {
		return nil, describe(err, path)
	}
	m.Path = path
	return m, nil
}

func readFile(path string, o Options) (*Model, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", fault.ErrModel, err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", fault.ErrModel, err)
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: not a regular file", fault.ErrModel)
	}
	return Parse(f, st.Size(), o)
}

// Parse imports a network from a stream of size bytes.
func Parse(r io.Reader, size int64, o Options) (*Model, error) {
	b := bufio.NewReader(r)
	options := pickle.Options{Globals: globals(), Size: size}
	var src io.Reader = b
	if head, _ := b.Peek(2); string(head) == "\x1f\x8b" {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", fault.ErrMalformed, err)
		}
		src, options.Size = &bounded{z, 2*size + Unpacked}, 0
	}
	v, err := pickle.NewDecoder(src, options).Decode()
	if err != nil {
		return nil, err
	}
	return fromPickle(v, o)
}

// bounded refuses to read more than left bytes.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("%w: the file unpacks to more than twice its size and %d MB", fault.ErrLimit, Unpacked>>20)
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", fault.ErrMalformed, fmt.Sprintf(format, args...))
}

func describe(err error, path string) error {
	what, do := "the file contradicts itself", ""
	switch {
	case errors.Is(err, fault.ErrLimit):
		what = "limit exceeded"
	case errors.Is(err, fault.ErrMalformed):
		what, do = "not a readable neon file", "check that the file is complete and was written by neon 1.2 or later"
	case errors.Is(err, fault.ErrUnsupported):
		what = "not supported"
	}
	return fault.New(err, what, path, err.Error(), do)
}

// fromPickle finds the parts of a saved model.
func fromPickle(v any, o Options) (*Model, error) {
	d, ok := v.(*pickle.Dict)
	if !ok {
		return nil, malformed("not a neon file: its pickle is no dict")
	}
	if _, old := d.Get("layer_params_states"); old {
		return nil, fmt.Errorf("%w: a file of neon 1.0 or 1.1; load and save it with neon 1.2", fault.ErrUnsupported)
	}
	m := &Model{}
	version, _ := d.Get("neon_version")
	m.Version, _ = version.(string)
	if backend, ok := get[*pickle.Dict](d, "backend"); ok {
		mode, _ := get[string](backend, "compat_mode")
		m.Caffe = mode == "caffe"
	}
	net, ok := get[*pickle.Dict](d, "model")
	if !ok {
		return nil, malformed("not a neon file: there is no model in it")
	}
	input := o.Input
	if input == nil {
		s, ok := ints(entry(d, "train_input_shape"))
		if !ok || len(s) != 3 {
			return nil, fmt.Errorf("%w: the file has no train_input_shape (C, H, W)", fault.ErrUnsupported)
		}
		input = s
	}
	return m, m.build(net, input, max(1, o.Batch))
}

// get returns the entry of a dict if it has type T.
func get[T any](d *pickle.Dict, key string) (T, bool) {
	v, _ := d.Get(key)
	x, ok := v.(T)
	return x, ok
}

func entry(d *pickle.Dict, key string) any {
	v, _ := d.Get(key)
	return v
}

// ints reads a list or tuple of numbers in [0, 2^20].
func ints(v any) ([]int, bool) {
	items := pickle.Items(v)
	if items == nil || len(items) > 8 {
		return nil, false
	}
	var out []int
	for _, x := range items {
		n, ok := x.(int64)
		if !ok || n < 0 || n > 1<<20 {
			return nil, false
		}
		out = append(out, int(n))
	}
	return out, true
}
