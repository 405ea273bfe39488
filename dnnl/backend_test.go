package dnnl

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/conformance"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// TestConformance runs the suite of all back ends. What is refused is published here.
func TestConformance(t *testing.T) {
	b, err := New()
	require.NoError(t, err, "run make deps")
	conformance.Run(t, b, conformance.Skip("*/int64 by hand"))
	require.NoError(t, b.Close())
}

// TestPlanBytes: the plan says what is allocated, and every step says its layout.
func TestPlanBytes(t *testing.T) {
	b := newBench(t)
	n, y := zooNet(t, 2)
	for _, p := range []*graph.Program{n.infer(y), n.train(y, true, graph.Optimiser{Kind: "sgd"})} {
		before := Live()
		x := must[graph.Executable](b)(newBackend(b).Compile(p, graph.CompileOptions{Profile: true}))
		now, plan := Live(), x.Plan()
		require.Equal(t, now[Activations]-before[Activations], plan.Arena)
		require.Equal(t, now[Weights]-before[Weights], plan.Const)
		require.Equal(t, now[State]-before[State], plan.State)
		require.Equal(t, now[Scratchpad]-before[Scratchpad], plan.Scratch)
		require.NoError(t, x.Step(context.Background()))
		var seconds float64
		for _, s := range x.Plan().Steps {
			require.NotEmpty(t, s.Node)
			require.NotEmpty(t, s.Op)
			seconds += s.Seconds
		}
		require.Positive(t, seconds)
		require.NoError(t, x.Close())
		require.NoError(t, x.Close(), "a second Close does nothing")
		require.Equal(t, before, Live())
		require.ErrorIs(t, x.Step(context.Background()), fault.ErrInternal)
		require.ErrorIs(t, x.Bind("x", graph.Scalar(1)), graph.ErrNoState)
	}
}

// TestPlanText compares the plan of a small frozen network with what it should be:
// one primitive a layer, the residual in place, no reorder but the last.
func TestPlanText(t *testing.T) {
	b := newBench(t)
	n := newNets(t)
	y := n.relu(n.bn("bn0", n.conv("stem", n.input(2, 3, 8, 8), 16, 1, graph.Window2D(3, 1, 1))))
	z := n.relu(n.bn("bn1", n.conv("conv1", y, 16, 1, graph.Window2D(3, 1, 1))))
	y = n.relu(n.sum(n.bn("bn2", n.conv("conv2", z, 16, 1, graph.Window2D(3, 1, 1))), y))
	x := must[graph.Executable](b)(newBackend(b).Compile(n.infer(n.head(y, 3)), graph.CompileOptions{}))
	defer func() { require.NoError(t, x.Close()) }()
	var text []string
	for _, s := range x.Plan().Steps {
		text = append(text, s.Node+" "+s.Op)
	}
	require.Equal(t, []string{"stem Conv+Relu", "conv1 Conv+Relu", "conv2 Conv+Add+Relu", "gap GlobalAveragePool", "fc Linear"}, text)
}

// TestRefusals names the node.
func TestRefusals(t *testing.T) {
	b := newBench(t)
	back := newBackend(b)
	g := graph.New()
	v := must[*graph.Value](b)(g.Add1("sum of integers", graph.Binary{Fn: graph.Add},
		g.AddInput("a", graph.Type{DType: graph.Int64, Shape: graph.Shape{2}}, false), g.AddConst("k", graph.FromI64([]int64{1}, 1))))
	g.Outputs = []*graph.Value{v}
	_, err := back.Compile(&graph.Program{Graph: g}, graph.CompileOptions{})
	require.ErrorIs(t, err, fault.ErrUnsupported)
	require.ErrorContains(t, err, `"sum of integers"`)
	_, err = back.Compile(&graph.Program{Graph: graph.New()}, graph.CompileOptions{Precision: graph.Int8})
	require.ErrorIs(t, err, fault.ErrDevice)

	n := newNets(t) // refused in the middle of a compile: nothing is left behind
	y := n.add("nothing", graph.Slice{Axes: []int{0}, Start: []int{2}, End: []int{2}, Step: []int{1}}, n.relu(n.input(4, 3)))
	n.g.Outputs = []*graph.Value{y}
	before := Live()
	_, err = back.Compile(&graph.Program{Graph: n.g}, graph.CompileOptions{})
	require.ErrorIs(t, err, fault.ErrUnsupported)
	require.ErrorContains(t, err, `"nothing"`)
	require.Equal(t, before, Live())

	n = newNets(t) // a constant that cannot be read: the arenas are there already
	n.g.Outputs = []*graph.Value{n.sum(n.input(4, 3), n.g.AddConst("torn", torn{lazy{f32(3)}}))}
	_, err = back.Compile(&graph.Program{Graph: n.g}, graph.CompileOptions{})
	require.ErrorIs(t, err, fault.ErrMalformed)
	require.ErrorContains(t, err, "torn")
	require.Equal(t, before, Live())
}

// torn cannot be read.
type torn struct{ lazy }

func (torn) Fill([]float32, int) error { return fault.ErrMalformed }

// TestBindErrors: names, types and a cancelled context.
func TestBindErrors(t *testing.T) {
	b := newBench(t)
	n := newNets(t)
	y := n.relu(n.input(2, 3))
	n.g.Outputs = []*graph.Value{y}
	x := must[graph.Executable](b)(newBackend(b).Compile(&graph.Program{Graph: n.g}, graph.CompileOptions{}))
	defer func() { require.NoError(t, x.Close()) }()
	require.ErrorIs(t, x.Bind("nothing", graph.Scalar(1)), graph.ErrNoState)
	require.ErrorIs(t, x.Bind("x", graph.Scalar(1)), fault.ErrShape)
	require.ErrorIs(t, x.Bind("x", graph.NewTensor(graph.Int64, 2, 3)), fault.ErrShape)
	require.ErrorIs(t, x.Read(y.Name, &graph.Tensor{}), graph.ErrNoState, "before the first step")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, x.Step(ctx), context.Canceled)
	back := newBackend(b).(*backend)
	back.open.Add(1)
	require.ErrorIs(t, back.Close(), fault.ErrInternal, "a program is open")
}

// lazy computes its elements when asked: element i is i.
type lazy struct{ t graph.Type }

func (l lazy) Type() graph.Type { return l.t }

func (l lazy) Fill(dst []float32, at int) error {
	for i := range dst {
		dst[i] = float32(at + i)
	}
	return nil
}

// TestHostPieces moves a tensor larger than one piece, with a tail, through blocked
// layouts and back.
func TestHostPieces(t *testing.T) {
	b := newBench(t)
	shape := f32(1000+7, 50, 5, 5) // 1.26 M elements
	a := must[*arena](b)(newArena(Activations, 8<<20))
	defer a.close()
	x := &executable{e: b.e, arenas: [inState + 1]*arena{a}}
	for _, tag := range []tag{tagBlocked16, tagNHWC} {
		d := must[desc](b)(b.sc.tagged(shape, tag))
		f := &form{d, must[layout](b)(d.layout()), &buffer{size: d.bytes()}}
		h := &host{x}
		require.NoError(t, h.fill(f, lazy{shape}))
		got := make([]float32, shape.Shape.Len())
		require.NoError(t, h.drain(f, got))
		want := make([]float32, len(got))
		require.NoError(t, lazy{shape}.Fill(want, 0))
		require.True(t, slices.Equal(want, got), tag)
	}
}

func TestDense(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		shape []int
		tag   tag
		want  bool
	}{
		{[]int{2, 32, 1, 1}, tagBlocked16, true}, {[]int{2, 33, 1, 1}, tagBlocked16, false}, {[]int{2, 32, 1, 2}, tagBlocked16, false},
		{[]int{2, 16, 1, 1}, tagBlocked16, true}, {[]int{2, 5, 1, 1}, tagNHWC, true}, {[]int{2, 5, 2, 1}, tagNHWC, false},
		{[]int{2, 1, 3, 4}, tagNHWC, true},
	} {
		lay := must[layout](b)(must[desc](b)(b.sc.tagged(f32(c.shape...), c.tag)).layout())
		require.Equal(t, c.want, lay.dense(), fmt.Sprint(c.shape, lay))
	}
}
