package ref

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

func binary(o graph.Binary, in, out []*array) error {
	y := out[0]
	a, b := spread(in[0].Shape, y.Shape), spread(in[1].Shape, y.Shape)
	if y.f != nil {
		f := binaryFn[float64](o.Fn)
		for i := range y.f {
			y.f[i] = f(in[0].f[a[i]], in[1].f[b[i]])
		}
		return nil
	}
	f := binaryFn[int64](o.Fn)
	for i := range y.i {
		d := in[1].i[b[i]]
		if o.Fn == graph.Div && d == 0 {
			return fmt.Errorf("%w: integer division by zero", fault.ErrModel)
		}
		y.i[i] = f(in[0].i[a[i]], d)
	}
	return nil
}

func binaryFn[T float64 | int64](fn graph.BinaryFn) func(a, b T) T {
	switch fn {
	case graph.Sub:
		return func(a, b T) T { return a - b }
	case graph.Mul:
		return func(a, b T) T { return a * b }
	case graph.Div:
		return func(a, b T) T { return a / b }
	default: // Add
		return func(a, b T) T { return a + b }
	}
}
