package ref

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// Evaluator computes single operators on host tensors in float32 storage.
type Evaluator struct{}

var _ graph.Evaluator = Evaluator{}

// Eval returns the results of op. Absent inputs are nil. Errors: those of the
// operator's shape rule; fault.ErrUnsupported for an operator it does not know;
// fault.ErrModel for an integer division by zero.
func (Evaluator) Eval(op graph.Op, in []*graph.Tensor) ([]*graph.Tensor, error) {
	values, arrays := make([]*graph.Value, len(in)), make([]*array, len(in))
	for i, t := range in {
		if t == nil {
			continue
		}
		a, err := load(t)
		if err != nil {
			return nil, err
		}
		values[i], arrays[i] = &graph.Value{Name: fmt.Sprintf("in%d", i), Type: t.Type()}, a
	}
	types, err := op.Infer(values)
	if err != nil {
		return nil, err
	}
	for _, t := range types {
		if _, err := t.Shape.CheckedLen(t.DType); err != nil {
			return nil, err
		}
	}
	res, err := apply(op, arrays, types, graph.Float32)
	if err != nil {
		return nil, err
	}
	out := make([]*graph.Tensor, len(res))
	for i, a := range res {
		out[i] = a.tensor()
	}
	return out, nil
}
