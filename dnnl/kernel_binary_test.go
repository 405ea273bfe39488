package dnnl

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// Sizes above the grain, so that threads share the work; the wanted numbers are
// worked out in plain Go from the definition, exactly: one rounding an element.
func TestChannelBinary(t *testing.T) {
	b := newBench(t)
	const n, c, s = 3, 33, 20 * 20
	shape := f32(n, c, 20, 20)
	x := normals("x", n*c*s)
	for _, at := range []spread{{c, 1, 0}, {0, 1, 0}, {s, 0, 1}, {0, 0, 0}, {0, 0, 1}} {
		y := normals("y", n*c*s)
		for _, tag := range []tag{tagNCHW, tagNHWC, tagBlocked16, tagBlocked8} {
			for fn := graph.Add; fn <= graph.Div; fn++ {
				d := must[desc](b)(b.sc.tagged(shape, tag))
				lay := must[layout](b)(d.layout())
				m := b.tensor(d, shape, x)
				data := b.zeros(int(d.bytes() / 4))
				out := must[memory](b)(b.sc.memory(d, bytesOf(data)))
				in := b.zeros(len(data))
				same := must[pd](b)(b.sc.reorder(d, d))
				b.now(same, arg{argSrc, m}, arg{argDst, must[memory](b)(b.sc.memory(d, bytesOf(in)))})
				with := b.floats(y...)
				l := &steps{}
				require.NoError(t, l.channelBinary("mul", fn, data, in, with, lay, at))
				require.NoError(t, l.run(b.e))
				l.close()
				got := b.read(out, d, shape)
				for i := range got {
					j := i/(c*s)*at.n + i/s%c*at.c + i%s*at.s
					require.Equal(t, apply(fn, x[i], y[j]), got[i], fmt.Sprint(fn, lay, at, i))
				}
				requireZeroPadding(t, lay, data)
			}
		}
	}
	require.Error(t, (&steps{}).channelBinary("short", graph.Mul, make([]float32, 4), make([]float32, 4), nil, layout{}, spread{}))
}

func apply(fn graph.BinaryFn, a, b float32) float32 {
	return []float32{a + b, a - b, a * b, a / b}[fn]
}

// requireZeroPadding checks the channels behind the last one of a blocked tensor.
func requireZeroPadding(t *testing.T, lay layout, x []float32) {
	t.Helper()
	if !lay.padding() {
		return
	}
	block := lay.channels()
	plane := graph.Shape(lay.dims[2:]).Len() * block
	last := lay.padded[1]/block - 1
	for n := range lay.dims[0] {
		for i := range plane {
			if c := last*block + i%block; c >= lay.dims[1] {
				require.Zero(t, x[(n*(last+1)+last)*plane+i])
			}
		}
	}
}

func TestBinaryStrided(t *testing.T) {
	b := newBench(t)
	to := graph.Shape{7, 60, 50}
	x, y := b.normals("x", 7*60), b.normals("y", 50)
	z := b.zeros(to.Len())
	require.NoError(t, b.prog.binary("sub", graph.Sub, z, x, y, to, broadcast(graph.Shape{7, 60, 1}, to), broadcast(graph.Shape{50}, to)))
	b.run()
	for i, v := range z {
		require.Equal(t, x[i/50]-y[i%50], v)
	}
	require.Error(t, b.prog.binary("long", graph.Sub, z[1:], x, y, to, broadcast(to, to), broadcast(to, to)))
	require.Error(t, b.prog.binary("far", graph.Sub, z, x, y, to, broadcast(to, to), broadcast(to, to)))
}

// Sums over middle and outer axes against float64 loops.
func TestReduceKernel(t *testing.T) {
	b := newBench(t)
	shape := graph.Shape{5, 40, 30, 6}
	x := b.normals("x", shape.Len())
	for mask := range 16 {
		over, kept := make([]bool, 4), 1
		for i := range over {
			if over[i] = mask>>i&1 != 0; !over[i] {
				kept *= shape[i]
			}
		}
		want, st := make([]float64, kept), shape.Strides()
		for i, v := range x {
			k := 0
			for d := range shape {
				if !over[d] {
					k = k*shape[d] + i/st[d]%shape[d]
				}
			}
			want[k] += float64(v) / 3
		}
		y := b.zeros(kept)
		l := &steps{}
		require.NoError(t, l.reduce("sum", y, x, shape, over, 1./3))
		require.NoError(t, l.run(b.e))
		l.close()
		near(t, want, y, 1e-6, fmt.Sprint(over))
	}
	require.Error(t, b.prog.reduce("short", x[:1], x, shape, make([]bool, 4), 1))
}
