package ref_test

import (
	"context"
	"math"
	"runtime"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/conformance"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/stretchr/testify/require"
)

// third is the program y = x/3, s = s + x.
func third(t *testing.T) *graph.Program {
	g := graph.New()
	x := g.AddInput("x", graph.Type{DType: graph.Float32, Shape: graph.Shape{2}}, true)
	k := g.AddConst("k", graph.Scalar(3))
	s := g.AddState("s", graph.FromF32([]float32{1, 2}, 2))
	y, err := g.Add1("y", graph.Binary{Fn: graph.Div}, x, k)
	require.NoError(t, err)
	sum, err := g.Add1("sum", graph.Binary{Fn: graph.Add}, s, x)
	require.NoError(t, err)
	g.Outputs = []*graph.Value{y}
	return &graph.Program{Graph: g, Updates: []graph.Update{{State: s, New: sum}}}
}

func open(t *testing.T, p *graph.Program, o graph.CompileOptions) graph.Executable {
	e, err := ref.New().Compile(p, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}

func TestPrecision(t *testing.T) {
	x := &graph.Tensor{DType: graph.Float64, Shape: graph.Shape{2}, F64: []float64{1, 0.1}}
	e := open(t, third(t), graph.CompileOptions{Precision: graph.Float64})
	require.NoError(t, e.Bind("x", x))
	require.NoError(t, e.Step(context.Background()))
	wide, narrow := &graph.Tensor{DType: graph.Float64}, &graph.Tensor{}
	require.NoError(t, e.Read("y", wide))
	require.Equal(t, []float64{1. / 3, 0.1 / 3}, wide.F64, "not rounded")
	require.NoError(t, e.Read("y", narrow))
	require.Equal(t, []float32{1. / 3, float32(0.1 / 3)}, narrow.F32)

	e = open(t, third(t), graph.CompileOptions{})
	require.ErrorIs(t, e.Bind("x", x), fault.ErrShape, "Float64 for Float32")
	require.NoError(t, e.Bind("x", graph.FromF32([]float32{1, 0.1}, 2)))
	require.NoError(t, e.Step(context.Background()))
	require.NoError(t, e.Read("y", wide))
	require.Equal(t, []float32{1. / 3, float32(0.1) / 3}, wide.F32, "rounded to float32")
}

func TestStateAndBuffers(t *testing.T) {
	e := open(t, third(t), graph.CompileOptions{})
	s := graph.NewTensor(graph.Float32, 2)
	buffer := &s.F32[0]
	require.NoError(t, e.Read("s", s))
	require.Equal(t, []float32{1, 2}, s.F32, "initial content")
	require.Same(t, buffer, &s.F32[0], "the reader's buffer is used again")
	require.NoError(t, e.Bind("x", graph.FromF32([]float32{10, 20}, 2)))
	require.NoError(t, e.Step(context.Background()))
	require.NoError(t, e.Step(context.Background()))
	require.NoError(t, e.Read("s", s))
	require.Equal(t, []float32{21, 42}, s.F32)
	require.NoError(t, e.Bind("s", graph.FromF32([]float32{5, 6}, 2)))
	require.NoError(t, e.Read("s", s))
	require.Equal(t, []float32{5, 6}, s.F32, "state can be loaded")
}

func TestMistakesAreErrors(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	e := open(t, third(t), graph.CompileOptions{})
	one := graph.FromF32([]float32{1}, 1)
	require.ErrorIs(t, e.Bind("nobody", one), graph.ErrNoState)
	require.ErrorIs(t, e.Bind("k", one), graph.ErrNoState, "a constant")
	require.ErrorIs(t, e.Bind("x", one), fault.ErrShape)
	require.ErrorIs(t, e.Bind("x", &graph.Tensor{DType: graph.Float32, Shape: graph.Shape{2}}), fault.ErrInternal, "no elements")
	require.ErrorIs(t, e.Read("sum", one), graph.ErrNoState, "not an output")
	require.ErrorIs(t, e.Read("y", one), graph.ErrNoState, "no step yet")
	require.ErrorIs(t, e.Step(ctx), context.Canceled)
	require.NoError(t, e.Close())
	require.NoError(t, e.Close(), "twice")
	require.Error(t, e.Step(context.Background()))
	require.ErrorIs(t, e.Bind("x", one), graph.ErrNoState)
	_, err := ref.New().Compile(third(t), graph.CompileOptions{Precision: graph.Int8})
	require.ErrorIs(t, err, fault.ErrUnsupported)
	p := third(t)
	p.Updates[0].New = p.Value("k")
	_, err = ref.New().Compile(p, graph.CompileOptions{})
	require.Error(t, err, "update of another shape")
}

// 8 bytes an element: x [2], y [2], sum [2]; k [1]; s [2].
func TestPlan(t *testing.T) {
	b := ref.New()
	e, err := b.Compile(third(t), graph.CompileOptions{Profile: true})
	require.NoError(t, err)
	p := e.Plan()
	require.Equal(t, []graph.PlanStep{{Node: "y", Op: "Div", Layout: "row-major", Bytes: 16}, {Node: "sum", Op: "Add", Layout: "row-major", Bytes: 16}}, p.Steps)
	require.EqualValues(t, 48, p.Arena)
	require.EqualValues(t, 8, p.Const)
	require.EqualValues(t, 16, p.State)
	require.Equal(t, p.Bytes(), b.(interface{ Live() int64 }).Live())
	require.NoError(t, e.Step(context.Background()))
	require.Positive(t, e.Plan().Steps[0].Seconds)
	require.NoError(t, e.Close())
	require.Zero(t, b.(interface{ Live() int64 }).Live())
}

// The number of processors moves no bit.
func TestProcessorsMoveNoBit(t *testing.T) {
	p, feeds, err := conformance.Programs()[0].Build()
	require.NoError(t, err)
	var results []conformance.Feed
	for _, n := range []int{1, 2, 7} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
		r, err := conformance.Execute(ref.New(), p, graph.CompileOptions{}, feeds...)
		require.NoError(t, err)
		results = append(results, r)
	}
	for name := range results[0] {
		require.Equal(t, results[0][name], results[1][name])
		require.Equal(t, results[0][name], results[2][name])
	}
}

// NaN is not hidden by comparisons.
func TestNaNStays(t *testing.T) {
	nan := float32(math.NaN())
	x := graph.FromF32([]float32{1, nan, 3, 4}, 1, 1, 2, 2)
	for _, op := range []graph.Op{graph.Act{Fn: graph.Relu}, graph.Act{Fn: graph.Clip, Beta: 6}, graph.Act{Fn: graph.HardSwish},
		graph.Pool{Window: graph.Window2D(2, 2, 0)}, graph.GlobalAveragePool{}, graph.Softmax{Axis: 3}} {
		y, err := ref.Evaluator{}.Eval(op, []*graph.Tensor{x})
		require.NoError(t, err)
		found := false
		for i := range y[0].Len() {
			found = found || math.IsNaN(y[0].At(i))
		}
		require.True(t, found, op.Kind())
	}
}
