package ref_test

import (
	"math"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/conformance"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/stretchr/testify/require"
)

// Two's complement by hand: 100+100 = 200 is -56 in int8; 200+100 is 44 in uint8.
func TestIntegersWrap(t *testing.T) {
	for _, c := range []struct {
		d       graph.DType
		a, b, y int64
	}{
		{graph.Int8, 100, 100, -56}, {graph.Int32, math.MaxInt32, 1, math.MinInt32},
		{graph.Int64, math.MaxInt64, 1, math.MinInt64}, {graph.Uint8, 200, 100, 44},
	} {
		a, b := graph.NewTensor(c.d, 1), graph.NewTensor(c.d, 1)
		if c.d == graph.Uint8 {
			a.U8[0], b.U8[0] = uint8(c.a), uint8(c.b)
		} else {
			a.I64[0], b.I64[0] = c.a, c.b
		}
		y, err := ref.Evaluator{}.Eval(graph.Binary{Fn: graph.Add}, []*graph.Tensor{a, b})
		require.NoError(t, err)
		if c.d == graph.Uint8 {
			require.EqualValues(t, c.y, y[0].U8[0])
		} else {
			require.Equal(t, c.y, y[0].I64[0])
		}
	}
}

// bfloat16 has 8 significant bits: 1+2⁻⁸ lies halfway between 1 and 1+2⁻⁷ and goes
// to the even 1, 1+3·2⁻⁸ to the even 1+2⁻⁶.
func TestBFloat16Rounds(t *testing.T) {
	x := graph.NewTensor(graph.BFloat16, 4)
	copy(x.F32, []float32{1 + 1./256, 1 + 3./256, 1 + 1./256 + 1./65536, float32(math.NaN())})
	y, err := ref.Evaluator{}.Eval(graph.Identity{}, []*graph.Tensor{x})
	require.NoError(t, err)
	require.Equal(t, []float32{1, 1 + 4./256, 1 + 2./256}, y[0].F32[:3])
	require.True(t, math.IsNaN(y[0].At(3)))
}

func TestEvaluatorRefuses(t *testing.T) {
	zero, one := graph.FromI64([]int64{0}, 1), graph.FromI64([]int64{1}, 1)
	_, err := ref.Evaluator{}.Eval(graph.Binary{Fn: graph.Div}, []*graph.Tensor{one, zero})
	require.ErrorIs(t, err, fault.ErrModel, "integer division by zero")
	_, err = ref.Evaluator{}.Eval(graph.Expand{Shape: graph.Shape{1 << 30, 1 << 30}}, []*graph.Tensor{one})
	require.ErrorIs(t, err, fault.ErrLimit)
	_, err = ref.Evaluator{}.Eval(graph.Softmax{Axis: 3}, []*graph.Tensor{graph.Scalar(1)})
	require.ErrorIs(t, err, fault.ErrShape)
	_, err = ref.Evaluator{}.Eval(foreign{}, nil)
	require.ErrorIs(t, err, fault.ErrUnsupported)
}

type foreign struct{}

func (foreign) Kind() string                               { return "Foreign" }
func (foreign) Infer([]*graph.Value) ([]graph.Type, error) { return nil, nil }

// Whatever shapes and types a shape rule accepts, the operator runs and returns
// what the rule says. Shapes are those of the suite's cases with dimensions
// changed, also to 0, or dropped.
func TestAcceptedShapesRun(t *testing.T) {
	ran := 0
	for _, c := range conformance.Cases() {
		for round := range uint32(6) {
			if runMutated(t, c, philox.New(3, 0, round, c.ID())) {
				ran++
			}
		}
	}
	require.Greater(t, ran, 1000, "most changes are refused, many are not")
}

// runMutated reports whether the changed case was accepted.
func runMutated(t *testing.T, c conformance.Case, s philox.Stream) bool {
	in, values := make([]*graph.Tensor, len(c.In)), make([]*graph.Value, len(c.In))
	for i, x := range c.In {
		if x != nil {
			in[i] = mutated(x.DType, x.Shape, s.Block(uint32(i)))
			values[i] = &graph.Value{Type: in[i].Type()}
		}
	}
	types, err := c.Op.Infer(values)
	if err != nil {
		return false
	}
	for _, ty := range types {
		if n, err := ty.Shape.CheckedLen(ty.DType); err != nil || n > 1<<16 {
			return false
		}
	}
	out, err := ref.Evaluator{}.Eval(c.Op, in)
	if err != nil {
		require.ErrorIs(t, err, fault.ErrModel, "%s of %v", c.ID(), values)
		return true
	}
	for i, ty := range types {
		require.Equal(t, ty.Shape.String(), out[i].Shape.String(), "%s of %v", c.ID(), values)
	}
	return true
}

// mutated returns a tensor of zeros and ones with one dimension changed, or
// another element type.
func mutated(d graph.DType, shape graph.Shape, w [4]uint32) *graph.Tensor {
	s := shape.Clone()
	if len(s) > 0 {
		k := int(w[0]) % len(s)
		switch w[1] % 6 {
		case 0:
			s[k] = 0
		case 1:
			s[k] = 1
		case 2:
			s[k]++
		case 3:
			s = append(s[:k:k], s[k+1:]...)
		}
	}
	if w[2]%4 == 0 {
		d = []graph.DType{graph.Float64, graph.BFloat16, graph.Int64, graph.Int32, graph.Int8, graph.Uint8, graph.Bool}[w[3]%7]
	}
	t := graph.NewTensor(d, s...)
	for i := range t.Len() {
		t.Set(i, float64(i%2))
	}
	return t
}
