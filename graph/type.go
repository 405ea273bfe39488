package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// DType is the element type of a tensor.
type DType uint8

// The element types. Float64 exists for gradient checks in the reference back end.
const (
	Invalid DType = iota
	Float32
	Float64
	BFloat16
	Int64
	Int32
	Int8
	Uint8
	Bool
)

var dtypes = [...]struct {
	name string
	size int
}{{"invalid", 0}, {"f32", 4}, {"f64", 8}, {"bf16", 2}, {"i64", 8}, {"i32", 4}, {"i8", 1}, {"u8", 1}, {"bool", 1}}

func (d DType) String() string {
	if int(d) < len(dtypes) {
		return dtypes[d].name
	}
	return "invalid"
}

// Size returns the bytes of one element.
func (d DType) Size() int { return dtypes[d].size }

// IsFloat reports whether d is a floating-point type.
func (d DType) IsFloat() bool { return d == Float32 || d == Float64 || d == BFloat16 }

// Shape is the extent of each dimension; the empty shape is a scalar.
type Shape []int

// MaxRank is the largest number of dimensions of a tensor.
const MaxRank = 8

// Len returns the number of elements.
func (s Shape) Len() int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

// Rank returns the number of dimensions.
func (s Shape) Rank() int { return len(s) }

// Equal reports whether s and t have the same dimensions.
func (s Shape) Equal(t Shape) bool { return slices.Equal(s, t) }

// Clone returns a copy.
func (s Shape) Clone() Shape { return slices.Clone(s) }

// Strides returns the row-major strides in elements.
func (s Shape) Strides() []int {
	st := make([]int, len(s))
	n := 1
	for i := len(s) - 1; i >= 0; i-- {
		st[i] = n
		n *= s[i]
	}
	return st
}

// String prints [2 3 4].
func (s Shape) String() string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = fmt.Sprint(d)
	}
	return "[" + strings.Join(parts, " ") + "]"
}

// CheckedLen returns the number of elements, or fault.ErrLimit if a dimension is
// negative, the rank is over MaxRank or the bytes of d overflow 2^46.
func (s Shape) CheckedLen(d DType) (int, error) {
	if len(s) > MaxRank {
		return 0, fmt.Errorf("%w: rank %d, at most %d", fault.ErrLimit, len(s), MaxRank)
	}
	n := 1
	for _, k := range s {
		if k < 0 {
			return 0, fmt.Errorf("%w: negative dimension in %v", fault.ErrShape, s)
		}
		if k > 0 && n > (1<<46)/k/max(1, d.Size()) {
			return 0, fmt.Errorf("%w: %v elements of %v", fault.ErrLimit, s, d)
		}
		n *= k
	}
	return n, nil
}

// Axis maps a possibly negative axis into [0, rank).
func Axis(axis, rank int) (int, error) {
	a := axis
	if a < 0 {
		a += rank
	}
	if a < 0 || a >= rank {
		return 0, fmt.Errorf("%w: axis %d of a tensor of rank %d", fault.ErrShape, axis, rank)
	}
	return a, nil
}

// Broadcast returns the shape a and b broadcast to (ONNX/NumPy rules).
func Broadcast(a, b Shape) (Shape, error) {
	n := max(len(a), len(b))
	out := make(Shape, n)
	for i := range n {
		x, y := dimFromRight(a, n-i), dimFromRight(b, n-i)
		switch {
		case x == y, y == 1:
			out[i] = x
		case x == 1:
			out[i] = y
		default:
			return nil, fmt.Errorf("%w: %v and %v do not broadcast", fault.ErrShape, a, b)
		}
	}
	return out, nil
}

func dimFromRight(s Shape, i int) int {
	if i > len(s) {
		return 1
	}
	return s[len(s)-i]
}

// Type is an element type and a shape.
type Type struct {
	DType DType
	Shape Shape
}

// Bytes returns the size of a dense tensor of this type.
func (t Type) Bytes() int { return t.Shape.Len() * t.DType.Size() }

func (t Type) String() string { return t.DType.String() + t.Shape.String() }
