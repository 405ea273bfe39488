package dnnl

import (
	"errors"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/stretchr/testify/require"
)

func TestLiveCounts(t *testing.T) {
	before := Live()
	a, err := newArena(Weights, 100)
	require.NoError(t, err)
	require.Equal(t, before[Weights]+100, Live()[Weights])
	big, err := newArena(State, 5<<20)
	require.NoError(t, err)
	require.Equal(t, before.Bytes()+100+5<<20, Live().Bytes())
	x := big.f32(0, 5<<18)
	x[0], x[len(x)-1] = 1, 2
	require.Zero(t, x[1], "memory is zeroed")
	a.close()
	big.close()
	require.Equal(t, before, Live())
}

func TestArenaTooBig(t *testing.T) {
	_, err := newArena(Activations, 1<<60)
	require.ErrorIs(t, err, fault.ErrMemory)
	require.ErrorContains(t, err, "1152921504606846976 bytes of activations")
}

func TestDoubleClose(t *testing.T) {
	e, err := NewEngine()
	require.NoError(t, err)
	require.NoError(t, e.Close())
	require.ErrorIs(t, e.Close(), errClosed)
	if !invariants {
		return
	}
	a, err := newArena(Weights, 64)
	require.NoError(t, err)
	a.close()
	require.Panics(t, a.close)
}

// Under the invariants tag an engine refuses other threads and Go memory.
func TestInvariants(t *testing.T) {
	if !invariants {
		t.Skip("run with -tags invariants")
	}
	b := newBench(t)
	require.Panics(t, func() { b.prog.fill("fill", make([]float32, 4), 1) }, "pointer to Go memory")
	caught := make(chan any)
	go func() {
		defer func() { caught <- recover() }()
		b.e.check()
	}()
	require.ErrorContains(t, toError(<-caught), "used on thread")
}

func toError(v any) error {
	if s, ok := v.(string); ok {
		return errors.New(s)
	}
	return nil
}

func TestStatus(t *testing.T) {
	b := newBench(t)
	d := must[desc](b)(b.sc.plain(f32(2, 3)))
	o := must[desc](b)(b.sc.plain(f32(2, 4)))
	_, err := b.sc.reorder(d, o)
	require.ErrorContains(t, err, "oneDNN: reorder: dnnl_invalid_arguments (2)")
	var s *Status
	require.ErrorAs(t, err, &s)
	require.Equal(t, 2, s.Code)
	require.ErrorIs(t, &Status{Code: 3}, fault.ErrUnsupported)
	require.ErrorIs(t, &Status{Code: 1}, fault.ErrMemory)
	require.ErrorIs(t, &Status{Code: 5}, fault.ErrDevice)
	_, err = b.sc.plain(graph.Type{DType: graph.Int64, Shape: graph.Shape{1}})
	require.ErrorIs(t, err, fault.ErrUnsupported)
}

// A failing step is named; the steps before it have run, those behind it have not.
func TestRunStopsAtFailure(t *testing.T) {
	b := newBench(t)
	x, y := b.floats(1, 2), b.zeros(2)
	index := view[int64](b.bytes(8))
	index[0] = -1
	b.prog.fill("first", y, 7)
	require.NoError(t, b.prog.gather("rows", x[:1], x, index, 1))
	b.prog.fill("last", y, 9)
	require.ErrorContains(t, b.prog.run(b.e), `step 1 "rows"`)
	require.Equal(t, []float32{7, 7}, y)
}

func TestProfile(t *testing.T) {
	b := newBench(t)
	x, y := b.zeros(1<<20), b.zeros(1)
	b.prog.fill("big", x, 1)
	b.prog.fill("small", y, 1)
	require.Nil(t, b.prog.times())
	b.prog.profile()
	for range 3 {
		b.run()
	}
	times := b.prog.times()
	require.Len(t, times, 2)
	require.Greater(t, times[0], times[1])
}

// The memory a descriptor asks for is checked before the library writes to it.
func TestMemoryTooSmall(t *testing.T) {
	b := newBench(t)
	d := must[desc](b)(b.sc.plain(f32(4, 4)))
	_, err := b.sc.memory(d, b.bytes(64)[:60])
	require.ErrorContains(t, err, "60 bytes for a tensor of 64")
}

// 500 runs of one program leave every counter where it was.
func TestRunsAllocateNothing(t *testing.T) {
	b := newBench(t)
	x := b.zeros(1 << 16)
	b.prog.fill("fill", x, 1)
	require.NoError(t, b.prog.axpby("axpby", 1, x, 1, b.zeros(1<<16)))
	b.run()
	before := Live()
	for range 500 {
		b.run()
	}
	require.Equal(t, before, Live())
}
