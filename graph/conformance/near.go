package conformance

import (
	"fmt"
	"math"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// Tol bounds |got−want| of element i by Abs + Elem·|want[i]| + Max·max|want|.
type Tol struct{ Abs, Elem, Max float64 }

// DefaultTol is for single operators in float32: sums of up to some thousand
// products in any order.
var DefaultTol = Tol{Abs: 1e-7, Elem: 1e-5, Max: 1e-5}

// Near fails unless got has want's shape and every element is within tol.
// NaN and infinities must stand at the same places.
func Near(t testing.TB, want, got *graph.Tensor, tol Tol, what string) {
	t.Helper()
	if err := Diff(want, got, tol); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// NearNorm fails unless the distance of got from want, as vectors, is at most bound
// times the length of want, and 1e-6.
func NearNorm(t testing.TB, want, got *graph.Tensor, bound float64, what string) {
	t.Helper()
	if !want.Shape.Equal(got.Shape) || want.Len() != len(got.F32) {
		t.Errorf("%s: got %v, want %v", what, got.Type(), want.Type())
		return
	}
	var d, w float64
	for i := range want.Len() {
		w += want.At(i) * want.At(i)
		d += (got.At(i) - want.At(i)) * (got.At(i) - want.At(i))
	}
	if !(math.Sqrt(d) <= bound*math.Sqrt(w)+1e-6) {
		t.Errorf("%s: distance %.3g of length %.3g, bound %.3g", what, math.Sqrt(d), math.Sqrt(w), bound)
	}
}

// Diff is Near as an error that shows the worst element. Integers must be equal;
// floating-point types may differ.
func Diff(want, got *graph.Tensor, tol Tol) error {
	if !want.Shape.Equal(got.Shape) || want.DType.IsFloat() != got.DType.IsFloat() {
		return fmt.Errorf("got %v, want %v", got.Type(), want.Type())
	}
	if n := len(got.F32) + len(got.F64) + len(got.I64) + len(got.U8); n != want.Len() {
		return fmt.Errorf("got %d elements, want %v", n, want.Type())
	}
	if !want.DType.IsFloat() {
		tol = Tol{}
	}
	top := largest(want)
	worst, at := 0.0, -1
	for i := range want.Len() {
		w, g := want.At(i), got.At(i)
		if e := excess(w, g, tol.Abs+tol.Elem*math.Abs(w)+tol.Max*top); e > worst {
			worst, at = e, i
		}
	}
	if at < 0 {
		return nil
	}
	return fmt.Errorf("element %d of %v: got %v, want %v (max |want| %.4g), %.3g times the tolerance",
		at, want.Type(), got.At(at), want.At(at), top, worst)
}

// excess returns 0 if g is within the bound of w, else their distance in bounds.
func excess(w, g, bound float64) float64 {
	if w == g || math.IsNaN(w) && math.IsNaN(g) {
		return 0
	}
	d := math.Abs(w - g)
	if math.IsNaN(d) || math.IsInf(d, 0) {
		return math.Inf(1)
	}
	if d <= bound {
		return 0
	}
	return d / math.Max(bound, 1e-300)
}

// largest returns the largest finite magnitude.
func largest(t *graph.Tensor) float64 {
	top := 0.0
	for i := range t.Len() {
		if a := math.Abs(t.At(i)); a > top && !math.IsInf(a, 0) {
			top = a
		}
	}
	return top
}

// sameBits reports whether a and b hold the same bits.
func sameBits(a, b *graph.Tensor) bool {
	if a.DType != b.DType || !a.Shape.Equal(b.Shape) || len(a.F32) != len(b.F32) || len(a.F64) != len(b.F64) ||
		len(a.I64) != len(b.I64) || len(a.U8) != len(b.U8) {
		return false
	}
	for i := range a.F32 {
		if math.Float32bits(a.F32[i]) != math.Float32bits(b.F32[i]) {
			return false
		}
	}
	for i := range a.F64 {
		if math.Float64bits(a.F64[i]) != math.Float64bits(b.F64[i]) {
			return false
		}
	}
	return string(a.U8) == string(b.U8) && fmt.Sprint(a.I64) == fmt.Sprint(b.I64)
}
