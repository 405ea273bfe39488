package ref

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// array is a dense row-major tensor: floating-point elements lie in f, integers
// and truth values in i.
type array struct {
	graph.Type
	f []float64
	i []int64
}

func newArray(t graph.Type) *array {
	a := &array{Type: graph.Type{DType: t.DType, Shape: t.Shape.Clone()}}
	if t.DType.IsFloat() {
		a.f = make([]float64, t.Shape.Len())
	} else {
		a.i = make([]int64, t.Shape.Len())
	}
	return a
}

// elemBytes is what one element takes in an array, whatever its type.
const elemBytes = 8

// load copies t.
func load(t *graph.Tensor) (*array, error) {
	a := newArray(t.Type())
	if n := len(t.F32) + len(t.F64) + len(t.I64) + len(t.U8); n != a.Shape.Len() {
		return nil, fmt.Errorf("%w: tensor %v holds %d elements", fault.ErrInternal, t.Type(), n)
	}
	for i := range a.Shape.Len() {
		switch {
		case a.f != nil:
			a.f[i] = t.At(i)
		case t.I64 != nil:
			a.i[i] = t.I64[i]
		default:
			a.i[i] = int64(t.U8[i])
		}
	}
	return a, nil
}

// tensor returns a copy of a.
func (a *array) tensor() *graph.Tensor {
	t := graph.NewTensor(a.DType, a.Shape...)
	a.store(t)
	return t
}

// store copies a into t, which has a's length; floating-point types may differ.
func (a *array) store(t *graph.Tensor) {
	for i, x := range a.f {
		t.Set(i, x)
	}
	for i, x := range a.i {
		if t.I64 != nil {
			t.I64[i] = x
		} else {
			t.U8[i] = uint8(x)
		}
	}
}

// round brings every element to a's element type. In precision Float64,
// Float32 values stay as they are.
func (a *array) round(precision graph.DType) {
	switch {
	case a.DType == graph.BFloat16:
		for i, x := range a.f {
			a.f[i] = bfloat16(float32(x))
		}
	case a.DType == graph.Float32 && precision != graph.Float64:
		for i, x := range a.f {
			a.f[i] = float64(float32(x))
		}
	case a.i != nil:
		for i, x := range a.i {
			a.i[i] = wrap(a.DType, x)
		}
	}
}

// halved returns a copy of a rounded to bfloat16.
func (a *array) halved() *array {
	b := &array{Type: a.Type, f: make([]float64, len(a.f))}
	for i, x := range a.f {
		b.f[i] = bfloat16(float32(x))
	}
	return b
}

// bfloat16 rounds x to the nearest bfloat16, ties to even.
func bfloat16(x float32) float64 {
	b := math.Float32bits(x)
	if x != x {
		return float64(x)
	}
	b += 0x7fff + b>>16&1
	return float64(math.Float32frombits(b &^ 0xffff))
}

// wrap reduces x to the range of an integer type, as two's complement does.
func wrap(d graph.DType, x int64) int64 {
	switch d {
	case graph.Int32:
		return int64(int32(x))
	case graph.Int8:
		return int64(int8(x))
	case graph.Uint8:
		return int64(uint8(x))
	case graph.Bool:
		if x != 0 {
			return 1
		}
		return 0
	default:
		return x
	}
}

// float returns a's elements as float64; for integers it is a copy.
func (a *array) float() []float64 {
	if a.f != nil {
		return a.f
	}
	f := make([]float64, len(a.i))
	for i, x := range a.i {
		f[i] = float64(x)
	}
	return f
}

// setFloat stores elements computed as float64; integers are cut towards zero.
func (a *array) setFloat(f []float64) {
	copy(a.f, f)
	for i := range a.i {
		a.i[i] = int64(f[i])
	}
}

// copyRun copies n elements between arrays of one type.
func copyRun(dst *array, at int, src *array, from, n int) {
	if dst.f != nil {
		copy(dst.f[at:at+n], src.f[from:from+n])
		return
	}
	copy(dst.i[at:at+n], src.i[from:from+n])
}

// gather sets dst[k] = src[at[k]], or fill where at[k] is negative.
func gather(dst, src *array, at []int, fill float64) {
	for k, p := range at {
		switch {
		case dst.f != nil && p < 0:
			dst.f[k] = fill
		case dst.f != nil:
			dst.f[k] = src.f[p]
		case p < 0:
			dst.i[k] = int64(fill)
		default:
			dst.i[k] = src.i[p]
		}
	}
}
