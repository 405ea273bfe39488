package onnxtest

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// difference returns the largest |got − want| and the largest |want|. Shapes and
// types must agree; a NaN must stand where a NaN is wanted.
func difference(got, want *graph.Tensor) (diff, scale float64, err error) {
	if got.DType != want.DType || !got.Shape.Equal(want.Shape) {
		return 0, 0, fmt.Errorf("got %v, want %v", got.Type(), want.Type())
	}
	for i := range want.Len() {
		g, w := got.At(i), want.At(i)
		if math.IsNaN(g) != math.IsNaN(w) || math.IsInf(g, 0) != math.IsInf(w, 0) {
			return 0, 0, fmt.Errorf("element %d is %v, want %v", i, g, w)
		}
		if math.IsNaN(w) || g == w {
			continue
		}
		diff, scale = max(diff, math.Abs(g-w)), max(scale, math.Abs(w))
	}
	for i := range want.Len() {
		if w := math.Abs(want.At(i)); !math.IsNaN(w) && !math.IsInf(w, 0) {
			scale = max(scale, w)
		}
	}
	return diff, scale, nil
}

// Within checks |got − want| <= atol + rtol·|want| for every element.
func Within(got, want *graph.Tensor, rtol, atol float64) error {
	if _, _, err := difference(got, want); err != nil {
		return err
	}
	for i := range want.Len() {
		g, w := got.At(i), want.At(i)
		if d := math.Abs(g - w); d > atol+rtol*math.Abs(w) {
			return fmt.Errorf("element %d of %v is %v, want %v", i, want.Shape, g, w)
		}
	}
	return nil
}

// row returns row i of t as a batch of one.
func row(t *graph.Tensor, i int) *graph.Tensor {
	n := t.Len() / t.Shape[0]
	s := t.Shape.Clone()
	s[0] = 1
	return graph.FromF32(t.F32[i*n:(i+1)*n], s...)
}

// probabilities reports whether every row of t is a distribution.
func probabilities(t *graph.Tensor) bool {
	if t.Shape.Rank() < 2 || t.F32 == nil {
		return false
	}
	n := t.Len() / t.Shape[0]
	for i := range t.Shape[0] {
		sum := 0.0
		for _, p := range t.F32[i*n : (i+1)*n] {
			if p < 0 {
				return false
			}
			sum += float64(p)
		}
		if math.Abs(sum-1) > 1e-3 {
			return false
		}
	}
	return true
}
