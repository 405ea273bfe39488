package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Tensor is a dense row-major tensor in Go memory. Exactly one slice is used:
// F32 for Float32 and BFloat16, F64 for Float64, I64 for Int64, Int32 and Int8,
// U8 for Uint8 and Bool (0 or 1).
type Tensor struct {
	DType DType
	Shape Shape
	F32   []float32
	F64   []float64
	I64   []int64
	U8    []uint8
}

// NewTensor returns a zero tensor.
func NewTensor(d DType, shape ...int) *Tensor {
	t := &Tensor{DType: d, Shape: Shape(shape).Clone()}
	n := t.Shape.Len()
	switch d {
	case Float32, BFloat16:
		t.F32 = make([]float32, n)
	case Float64:
		t.F64 = make([]float64, n)
	case Int64, Int32, Int8:
		t.I64 = make([]int64, n)
	default:
		t.U8 = make([]uint8, n)
	}
	return t
}

// FromF32 wraps data (not copied) as a Float32 tensor. It panics if the length
// does not fit: a programmer's error.
func FromF32(data []float32, shape ...int) *Tensor {
	t := &Tensor{DType: Float32, Shape: Shape(shape).Clone(), F32: data}
	if t.Shape.Len() != len(data) {
		panic(fmt.Sprintf("graph.FromF32: %d elements for shape %v", len(data), t.Shape))
	}
	return t
}

// FromI64 wraps data (not copied) as an Int64 tensor.
func FromI64(data []int64, shape ...int) *Tensor {
	t := &Tensor{DType: Int64, Shape: Shape(shape).Clone(), I64: data}
	if t.Shape.Len() != len(data) {
		panic(fmt.Sprintf("graph.FromI64: %d elements for shape %v", len(data), t.Shape))
	}
	return t
}

// Scalar returns a Float32 tensor of shape [1].
func Scalar(x float32) *Tensor { return FromF32([]float32{x}, 1) }

// Len returns the number of elements.
func (t *Tensor) Len() int { return t.Shape.Len() }

// Type returns element type and shape. It makes *Tensor a Data.
func (t *Tensor) Type() Type { return Type{t.DType, t.Shape} }

// Clone returns a deep copy.
func (t *Tensor) Clone() *Tensor {
	return &Tensor{DType: t.DType, Shape: t.Shape.Clone(), F32: append([]float32(nil), t.F32...),
		F64: append([]float64(nil), t.F64...), I64: append([]int64(nil), t.I64...), U8: append([]uint8(nil), t.U8...)}
}

// At returns element i as float64, whatever the type.
func (t *Tensor) At(i int) float64 {
	switch {
	case t.F32 != nil:
		return float64(t.F32[i])
	case t.F64 != nil:
		return t.F64[i]
	case t.I64 != nil:
		return float64(t.I64[i])
	}
	return float64(t.U8[i])
}

// Set stores x in element i, converted to the tensor's type.
func (t *Tensor) Set(i int, x float64) {
	switch {
	case t.F32 != nil:
		t.F32[i] = float32(x)
	case t.F64 != nil:
		t.F64[i] = x
	case t.I64 != nil:
		t.I64[i] = int64(x)
	default:
		t.U8[i] = uint8(x)
	}
}

// Fill copies elements [at, at+len(dst)) as float32. It makes *Tensor a Data.
func (t *Tensor) Fill(dst []float32, at int) error {
	if t.F32 != nil {
		if at+len(dst) > len(t.F32) {
			return fmt.Errorf("%w: elements %d..%d of %v", fault.ErrInternal, at, at+len(dst), t.Shape)
		}
		copy(dst, t.F32[at:])
		return nil
	}
	for i := range dst {
		dst[i] = float32(t.At(at + i))
	}
	return nil
}

// Data is the content of a constant: a *Tensor, or something that computes its
// elements when they are asked for, so that a large computed weight costs memory
// only once, in the device's own buffer.
type Data interface {
	Type() Type
	// Fill writes elements [at, at+len(dst)), flat row-major, as float32.
	Fill(dst []float32, at int) error
}

// Zeros is a Float32 constant of zeros that takes no memory.
type Zeros struct{ Of Type }

// Type implements Data.
func (z Zeros) Type() Type { return z.Of }

// Fill implements Data.
func (z Zeros) Fill(dst []float32, _ int) error {
	clear(dst)
	return nil
}

// Load returns d as a tensor. A lazy Float32 constant is computed whole.
func Load(d Data) (*Tensor, error) {
	if t, ok := d.(*Tensor); ok {
		return t, nil
	}
	ty := d.Type()
	t := NewTensor(ty.DType, ty.Shape...)
	if t.F32 == nil {
		return nil, fmt.Errorf("%w: lazy constant of type %v", fault.ErrInternal, ty)
	}
	return t, d.Fill(t.F32, 0)
}
