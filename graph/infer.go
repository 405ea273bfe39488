package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Checks shared by the shape rules.

// arity checks the number of inputs and that the first need are present.
func arity(in []*Value, need, most int) error {
	if len(in) < need || len(in) > most {
		return fmt.Errorf("%w: %d inputs, want %d to %d", fault.ErrModel, len(in), need, most)
	}
	for i := range need {
		if in[i] == nil {
			return fmt.Errorf("%w: input %d is missing", fault.ErrModel, i)
		}
	}
	return nil
}

// opt returns input i or nil.
func opt(in []*Value, i int) *Value {
	if i < len(in) {
		return in[i]
	}
	return nil
}

// sameFloat checks that all inputs present are of one floating-point type.
func sameFloat(in []*Value) error {
	if !in[0].DType.IsFloat() {
		return fmt.Errorf("%w: element type %v, want floating point", fault.ErrUnsupported, in[0].DType)
	}
	return sameType(in)
}

func sameType(in []*Value) error {
	for i, v := range in {
		if v != nil && v.DType != in[0].DType {
			return fmt.Errorf("%w: input %d is %v, input 0 is %v", fault.ErrUnsupported, i, v.DType, in[0].DType)
		}
	}
	return nil
}

// vector checks that v, if present, is [n].
func vector(v *Value, what string, n int) error {
	if v != nil && !v.Shape.Equal(Shape{n}) {
		return fmt.Errorf("%w: %s %v, want [%d]", fault.ErrShape, what, v.Shape, n)
	}
	return nil
}

// image checks that x is [N C spatial...] with at least one spatial dimension.
func image(x *Value) error {
	if x.Shape.Rank() < 3 {
		return fmt.Errorf("%w: input %v, want [N C spatial...]", fault.ErrShape, x.Shape)
	}
	return nil
}

func one(v *Value, s Shape) []Type { return []Type{{v.DType, s}} }
