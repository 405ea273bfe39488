package dnnl

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
	"github.com/stretchr/testify/require"
)

// TestMain checks that no test leaves C memory or handles behind.
func TestMain(m *testing.M) {
	code := m.Run()
	if u := Live(); code == 0 && u != (Usage{}) {
		fmt.Fprintln(os.Stderr, "leaked:", u)
		code = 1
	}
	os.Exit(code)
}

// bench is what a test of the raw layer works on.
type bench struct {
	*testing.T
	e     *Engine
	sc    *scope
	prog  *steps
	owned []*arena
}

// newBench opens an engine on this test's own locked thread. Without a oneDNN the
// test is skipped only where the developer has not run make deps.
func newBench(t *testing.T) *bench {
	t.Helper()
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	before := Live()
	e, err := NewEngine()
	require.NoError(t, err, "run make deps")
	b := &bench{T: t, e: e, sc: e.scope(), prog: &steps{}}
	t.Cleanup(func() {
		b.prog.close()
		b.sc.close()
		for _, a := range b.owned {
			a.close()
		}
		require.NoError(t, e.Close())
		require.Equal(t, before, Live(), "live counters")
	})
	return b
}

// bytes returns zeroed C memory.
func (b *bench) bytes(n int64) []byte {
	b.Helper()
	a, err := newArena(Activations, n)
	require.NoError(b, err)
	b.owned = append(b.owned, a)
	return a.at(0, n)
}

// zeros returns n floats in C memory.
func (b *bench) zeros(n int) []float32 { return view[float32](b.bytes(4 * int64(n))) }

// floats copies x into C memory.
func (b *bench) floats(x ...float32) []float32 {
	y := b.zeros(len(x))
	copy(y, x)
	return y
}

// normals returns n draws of a standard normal distribution in C memory.
func (b *bench) normals(name string, n int) []float32 {
	y := b.zeros(n)
	copy(y, normals(name, n))
	return y
}

func normals(name string, n int) []float32 {
	s := philox.New(1, 0, 0, name)
	y := make([]float32, n)
	for i := range y {
		y[i] = float32(s.Normal(uint32(i)))
	}
	return y
}

func (b *bench) run() {
	b.Helper()
	require.NoError(b, b.prog.run(b.e))
}

func f32(shape ...int) graph.Type { return graph.Type{DType: graph.Float32, Shape: shape} }

// must is for calls whose failure ends the test.
func must[T any](b *bench) func(T, error) T {
	return func(v T, err error) T {
		b.Helper()
		require.NoError(b, err)
		return v
	}
}

// tensor makes a memory of layout d, filled from row-major data unless that is nil.
func (b *bench) tensor(d desc, shape graph.Type, data []float32) memory {
	b.Helper()
	mem := must[memory](b)
	m := mem(b.sc.memory(d, b.bytes(d.bytes())))
	if data != nil {
		b.convert(must[desc](b)(b.sc.plain(shape)), d, bytesOf(data), m)
	}
	return m
}

// convert reorders row-major data into m right now.
func (b *bench) convert(from, to desc, data []byte, m memory) {
	b.Helper()
	in := b.bytes(int64(len(data)))
	copy(in, data)
	src := must[memory](b)(b.sc.memory(from, in))
	b.now(must[pd](b)(b.sc.reorder(from, to)), arg{argSrc, src}, arg{argDst, m})
}

// now runs one primitive.
func (b *bench) now(p pd, args ...arg) {
	b.Helper()
	l := &steps{}
	defer l.close()
	l.prim(p.impl(), must[prim](b)(p.primitive(b.sc)), append(args, b.scratch(p)...)...)
	require.NoError(b, l.run(b.e))
}

func (b *bench) scratch(p pd) []arg {
	b.Helper()
	if p.scratchpadSize() == 0 {
		return nil
	}
	return []arg{{argScratchpad, must[memory](b)(b.sc.memory(p.scratchpad(), b.bytes(p.scratchpadSize())))}}
}

// read returns m of layout d as row-major data.
func (b *bench) read(m memory, d desc, shape graph.Type) []float32 {
	b.Helper()
	plain := must[desc](b)(b.sc.plain(shape))
	out := b.bytes(plain.bytes())
	dst := must[memory](b)(b.sc.memory(plain, out))
	b.now(must[pd](b)(b.sc.reorder(d, plain)), arg{argSrc, m}, arg{argDst, dst})
	return append([]float32(nil), view[float32](out)...)
}

// near compares within tol·max(1, |want|). It fails on another length and on NaN.
func near[T float32 | float64](t testing.TB, want []T, got []float32, tol float64, what string) {
	t.Helper()
	require.Len(t, got, len(want), what)
	for i := range want {
		w, g := float64(want[i]), float64(got[i])
		if !(math.Abs(w-g) <= tol*math.Max(1, math.Abs(w))) {
			require.Failf(t, what, "element %d: got %v, want %v", i, g, w)
		}
	}
}
