package weights

import (
	"fmt"
	"io"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Tensor is one tensor of a file. It is a graph.Data: its elements are read and
// converted to float32 when they are asked for, so the Set must still be open.
type Tensor struct {
	Name    string
	Stored  DType // in the file
	Shape   graph.Shape
	strides []int // in elements; nil: row-major without gaps
	at      int64 // byte of the first element in src
	src     io.ReaderAt
}

// Type is float32 with the tensor's shape.
func (t *Tensor) Type() graph.Type { return graph.Type{DType: graph.Float32, Shape: t.Shape} }

// Load reads the whole tensor.
func (t *Tensor) Load() (*graph.Tensor, error) { return graph.Load(t) }

// Fill writes elements [at, at+len(dst)), flat row-major.
func (t *Tensor) Fill(dst []float32, at int) error {
	if at < 0 || at+len(dst) > t.Shape.Len() {
		return fmt.Errorf("%w: elements %d..%d of %q %v", fault.ErrInternal, at, at+len(dst), t.Name, t.Shape)
	}
	if len(dst) == 0 {
		return nil
	}
	if t.strides != nil {
		return t.gather(dst, at)
	}
	const piece = 1 << 16 // elements
	size := t.Stored.Size()
	buf := make([]byte, min(piece, len(dst))*size)
	for i := 0; i < len(dst); i += piece {
		k := min(piece, len(dst)-i)
		if err := t.read(buf[:k*size], int64(at+i)*int64(size)); err != nil {
			return err
		}
		t.Stored.Decode(dst[i:i+k], buf)
	}
	return nil
}

// gather reads the stretch of the storage that a strided tensor covers and picks.
func (t *Tensor) gather(dst []float32, at int) error {
	last := 0
	for i, n := range t.Shape {
		last += (n - 1) * t.strides[i]
	}
	c := codecs[t.Stored]
	buf := make([]byte, (last+1)*c.size)
	if err := t.read(buf, 0); err != nil {
		return err
	}
	rows := t.Shape.Strides()
	for i := range dst {
		flat, from := at+i, 0
		for d, n := range rows {
			from += flat / n * t.strides[d]
			flat %= n
		}
		dst[i] = c.get(buf[from*c.size:])
	}
	return nil
}

func (t *Tensor) read(b []byte, off int64) error {
	if _, err := t.src.ReadAt(b, t.at+off); err != nil {
		return fmt.Errorf("%w: tensor %q: %w", fault.ErrMalformed, t.Name, err)
	}
	return nil
}
