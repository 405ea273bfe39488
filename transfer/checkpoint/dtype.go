package checkpoint

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// dtype is the type name in the header.
type dtype string

const (
	f32 dtype = "f32"
	i64 dtype = "i64"
	u8  dtype = "u8"
)

// size is the bytes of an element, 0 for an unknown type.
func (d dtype) size() int64 {
	return map[dtype]int64{f32: 4, i64: 8, u8: 1}[d]
}

func (t *Tensor) dtype() dtype {
	switch t.Data.(type) {
	case []float32, Lazy:
		return f32
	case []int64:
		return i64
	case []byte:
		return u8
	}
	return dtype(fmt.Sprintf("%T", t.Data))
}

func (t *Tensor) len() int {
	switch v := t.Data.(type) {
	case []float32:
		return len(v)
	case []int64:
		return len(v)
	case []byte:
		return len(v)
	case Lazy:
		n := 1
		for _, d := range t.Shape {
			n *= d
		}
		return n
	}
	return -1
}

func putFloat(b []byte, x float32) { binary.LittleEndian.PutUint32(b, math.Float32bits(x)) }

const chunk = 64 << 10 // elements converted at a time

// writeTo sends the data as little-endian bytes.
func (t *Tensor) writeTo(w io.Writer) error {
	switch v := t.Data.(type) {
	case []float32:
		return encode(w, v, 4, putFloat)
	case []int64:
		return encode(w, v, 8, func(b []byte, x int64) { binary.LittleEndian.PutUint64(b, uint64(x)) })
	case []byte:
		_, err := w.Write(v)
		return err
	case Lazy:
		x, err := v()
		if err == nil && len(x) != t.len() {
			err = fmt.Errorf("tensor %q: shape %v wants %d elements, data have %d", t.Name, t.Shape, t.len(), len(x))
		}
		if err != nil {
			return err
		}
		return encode(w, x, 4, putFloat)
	}
	return fmt.Errorf("tensor %q has data of type %T", t.Name, t.Data)
}

func encode[T any](w io.Writer, v []T, size int, put func([]byte, T)) error {
	buf := make([]byte, min(len(v), chunk)*size)
	for len(v) > 0 {
		n := min(len(v), chunk)
		for i, x := range v[:n] {
			put(buf[i*size:], x)
		}
		if _, err := w.Write(buf[:n*size]); err != nil {
			return err
		}
		v = v[n:]
	}
	return nil
}

// readData allocates n elements of type d and fills them from r.
func readData(r io.Reader, d dtype, n int) (any, error) {
	switch d {
	case f32:
		return decode(r, n, 4, func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) })
	case i64:
		return decode(r, n, 8, func(b []byte) int64 { return int64(binary.LittleEndian.Uint64(b)) })
	default: // u8
		b := make([]byte, n)
		_, err := io.ReadFull(r, b)
		return b, err
	}
}

func decode[T any](r io.Reader, n, size int, get func([]byte) T) ([]T, error) {
	out, buf := make([]T, n), make([]byte, min(n, chunk)*size)
	for rest := out; len(rest) > 0; {
		m := min(len(rest), chunk)
		if _, err := io.ReadFull(r, buf[:m*size]); err != nil {
			return nil, err
		}
		for i := range rest[:m] {
			rest[i] = get(buf[i*size:])
		}
		rest = rest[m:]
	}
	return out, nil
}
