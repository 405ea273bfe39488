package dnnl

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/conformance"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// needHalf skips where the processor has no instructions for bfloat16.
func needHalf(t testing.TB) {
	_, err := New()
	require.NoError(t, err, "run make deps")
	if !hasHalf() {
		t.Skip("this processor has no bfloat16: ", isa())
	}
}

// TestHalfConformance runs the suite of all back ends in 16 bits beside the reference
// that rounds where graph.Half says. What is refused is published here.
func TestHalfConformance(t *testing.T) {
	needHalf(t)
	b, err := New()
	require.NoError(t, err)
	conformance.Run(t, b, conformance.Precision(graph.BFloat16), conformance.Skip("*/int64 by hand"))
	require.NoError(t, b.Close())
}

// TestHalfRefused: processors without the instructions, as the library numbers them.
func TestHalfRefused(t *testing.T) {
	b := newBench(t)
	back := newBackend(b)
	real := effectiveISA
	defer func() { effectiveISA = real }()
	for isa, has := range map[int]bool{0x1: false, 0x7: false, 0x1f: false, 0x27: false, 0x67: false, 0xe7: true, 0x1ef: true, 0xfef: true} {
		effectiveISA = func() int { return isa }
		err := graph.CheckPrecision(back, graph.BFloat16)
		x, compiled := back.Compile(&graph.Program{Graph: graph.New()}, graph.CompileOptions{Precision: graph.BFloat16})
		if compiled == nil {
			require.NoError(t, x.Close())
		}
		for _, e := range []error{err, compiled} {
			if has {
				require.NotErrorIs(t, e, fault.ErrDevice, isa)
				continue
			}
			require.ErrorIs(t, e, fault.ErrDevice, "%#x", isa)
			require.ErrorContains(t, e, "precision bf16 is not available on onednn")
		}
		require.NoError(t, graph.CheckPrecision(back, graph.Float32))
	}
}

// TestHalfPlan: in 16 bits every convolution of a real network runs in bfloat16, the arena
// is little more than half, a type changes where a picture enters and where the
// classifier begins only, and outputs and state stay f32.
func TestHalfPlan(t *testing.T) {
	needHalf(t)
	b := newBench(t)
	n, y := resNet18(t, 2, 64, 10)
	infer := n.infer(y)
	n, y = resNet18(t, 16, 128, 10) // 45 MB are gradients of weights, in f32
	train := fuseNorms(t, n.train(y, true, graph.Optimiser{Kind: "sgd"}))
	for name, c := range map[string]struct {
		p        *graph.Program
		reorders int // of values; weights and their gradients aside
		share    float64
	}{"infer": {infer, 2, 0.6}, "train": {train, 3, 0.75}} {
		whole := must[graph.Executable](b)(newBackend(b).Compile(c.p, graph.CompileOptions{}))
		half := must[graph.Executable](b)(newBackend(b).Compile(c.p, graph.CompileOptions{Precision: graph.BFloat16}))
		reorders := 0
		for i, s := range half.Plan().Steps {
			impl := half.(*executable).impls[i]
			if strings.HasPrefix(s.Op, "Conv") {
				require.Contains(t, impl, "bf16", "%s: %v", name, s)
			}
			require.NotContains(t, impl, "ref:any", "%s: %v", name, s)
			if s.Op == "reorder" && len(s.Layout) == 4 || s.Op == "reorder" && s.Layout == "aBcd16b" {
				reorders++
			}
		}
		t.Logf("%s: %d reorders of values, arena %d of %d", name, reorders, half.Plan().Arena, whole.Plan().Arena)
		require.LessOrEqual(t, reorders, c.reorders, name)
		require.Less(t, float64(half.Plan().Arena), c.share*float64(whole.Plan().Arena), name)
		require.Equal(t, whole.Plan().State, half.Plan().State, "master weights are f32")
		require.NoError(t, whole.Close())
		require.NoError(t, half.Close())
	}
}

// TestHalfIsRounded: the suite's cases are not f32 under another name: a convolution
// of values that bfloat16 does not hold is off by more than f32's tolerance, by less
// than bfloat16's.
func TestHalfIsRounded(t *testing.T) {
	needHalf(t)
	b := newBench(t)
	n := newNets(t)
	n.g.Outputs = []*graph.Value{n.conv("conv", n.input(2, 16, 9, 9), 32, 1, graph.Window2D(3, 1, 1))}
	p := &graph.Program{Graph: n.g}
	want, err := conformance.Execute(ref.New(), p, graph.CompileOptions{}, trainFeed(p, 0))
	require.NoError(t, err)
	got, err := conformance.Execute(newBackend(b), p, graph.CompileOptions{Precision: graph.BFloat16}, trainFeed(p, 0))
	require.NoError(t, err)
	for name, w := range want {
		require.Error(t, conformance.Diff(w, got[name], conformance.DefaultTol))
		require.NoError(t, conformance.Diff(w, got[name], conformance.HalfTol))
	}
	rounded, err := conformance.Execute(ref.New(), p, graph.CompileOptions{Precision: graph.BFloat16}, trainFeed(p, 0))
	require.NoError(t, err)
	for name, w := range rounded { // the same operands, f32 sums, f32 result
		require.NoError(t, conformance.Diff(w, got[name], conformance.DefaultTol))
	}
}
