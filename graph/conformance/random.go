package conformance

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

// Normal returns a Float32 tensor of standard normal numbers that are a function
// of name.
func Normal(name string, shape ...int) *graph.Tensor {
	t, s := graph.NewTensor(graph.Float32, shape...), philox.New(1, 0, 0, name)
	for i := range t.F32 {
		t.F32[i] = float32(s.Normal(uint32(i)))
	}
	return t
}

// Uniform returns numbers in [lo, hi).
func Uniform(name string, lo, hi float32, shape ...int) *graph.Tensor {
	t, s := graph.NewTensor(graph.Float32, shape...), philox.New(1, 0, 0, name)
	for i := range t.F32 {
		t.F32[i] = lo + (hi-lo)*s.Float(uint32(i))
	}
	return t
}

// ramp returns 1, 2, 3, ...
func ramp(shape ...int) *graph.Tensor {
	t := graph.NewTensor(graph.Float32, shape...)
	for i := range t.F32 {
		t.F32[i] = float32(i + 1)
	}
	return t
}

// fill returns a tensor of equal elements.
func fill(x float32, shape ...int) *graph.Tensor {
	t := graph.NewTensor(graph.Float32, shape...)
	for i := range t.F32 {
		t.F32[i] = x
	}
	return t
}

// f32 returns a tensor of the given elements.
func f32(shape []int, x ...float32) *graph.Tensor { return graph.FromF32(x, shape...) }

// i64 returns a tensor of the given elements.
func i64(shape []int, x ...int64) *graph.Tensor { return graph.FromI64(x, shape...) }

// dims is short for a shape; without arguments it is a scalar's, not nil.
func dims(d ...int) []int { return append([]int{}, d...) }
