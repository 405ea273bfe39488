package dnnl

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// BenchmarkNorm measures batch normalisation with ReLU in training, batch 32, blocked
// by 16: the own kernels beside the library's primitives, in turns; the best of each in
// ms. The last two are the own kernels with a residual, to which the library would add
// an addition, a ReLU and its gradient.
//
//	go test ./dnnl -run '^$' -bench Norm -benchtime 10x
func BenchmarkNorm(b *testing.B) {
	for _, s := range [][4]int{{32, 64, 112, 112}, {32, 64, 56, 56}, {32, 128, 28, 28}, {32, 256, 14, 14}, {32, 512, 7, 7},
		{32, 96, 112, 112}, {32, 144, 56, 56}, {32, 384, 14, 14}} {
		b.Run(fmt.Sprint(s), func(b *testing.B) { benchNorm(b, s) })
	}
}

// normTimer holds one program per thing to time.
type normTimer struct {
	*testing.B
	e     *Engine
	sc    *scope
	owned []*arena
	names []string
	progs []*steps
}

func (n *normTimer) floats(k int) []float32 { return view[float32](n.bytes(int64(4 * k))) }

func (n *normTimer) bytes(size int64) []byte {
	a, err := newArena(Activations, size)
	require.NoError(n, err)
	n.owned = append(n.owned, a)
	return a.at(0, size)
}

func (n *normTimer) add(name string) *steps {
	n.names, n.progs = append(n.names, name), append(n.progs, &steps{})
	return n.progs[len(n.progs)-1]
}

func (n *normTimer) close() {
	for _, p := range n.progs {
		p.close()
	}
	n.sc.close()
	for _, a := range n.owned {
		a.close()
	}
	require.NoError(n, n.e.Close())
}

func benchNorm(b *testing.B, s [4]int) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	e, err := NewEngine()
	require.NoError(b, err)
	n := &normTimer{B: b, e: e, sc: e.scope()}
	defer n.close()
	d, err := n.sc.tagged(f32(s[:]...), tagBlocked16)
	require.NoError(b, err)
	size, c := int(d.bytes()/4), s[1]
	t := normTensors{x: n.floats(size), y: n.floats(size), r: n.floats(size), dy: n.floats(size), scale: n.floats(c), bias: n.floats(c),
		mean: n.floats(c), variance: n.floats(c), dscale: n.floats(c), dbias: n.floats(c)}
	for i := range t.x {
		t.x[i], t.r[i], t.dy[i] = float32(i%1009)-500, float32(i%17)-8, float32(i%13)-6
	}
	n.own(d, t)
	n.library(d, t)
	best := make([]time.Duration, len(n.progs))
	for b.Loop() {
		for i, p := range n.progs {
			start := time.Now()
			require.NoError(b, p.run(e))
			if took := time.Since(start); best[i] == 0 || took < best[i] {
				best[i] = took
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, name := range n.names {
		b.ReportMetric(float64(best[i].Microseconds())/1e3, name)
	}
}

// own adds the kernels as the compiler would place them: y alone or over r, dx over dy,
// with a residual d over dy and dx over x.
func (n *normTimer) own(d desc, t normTensors) {
	lay, err := d.layout()
	require.NoError(n, err)
	k, err := newNormCut(lay)
	require.NoError(n, err)
	t.bits, t.part, t.coef = n.bytes(int64(k.bits())), view[float64](n.bytes(int64(8*k.sums()))), n.floats(k.coefs())
	relu, r := graph.Act{Fn: graph.Relu}, t.r
	t.r, t.dx = nil, t.dy
	require.NoError(n, n.add("own-fwd").normForward("", k, 1e-5, relu, t))
	require.NoError(n, n.add("own-bwd").normBackward("", k, 1e-5, relu, t))
	t.r, t.y, t.dx, t.d = r, r, t.x, t.dy
	require.NoError(n, n.add("own-fwd-res").normForward("", k, 1e-5, relu, t))
	t.dx = n.floats(k.elems()) // x stays as it is for the next turn
	require.NoError(n, n.add("own-bwd-res").normBackward("", k, 1e-5, relu, t))
}

func (n *normTimer) library(d desc, t normTensors) {
	f := affine | normFuseRelu
	fwd, err := n.sc.batchNormForward(training, d, d, 1e-5, f)
	require.NoError(n, err)
	bwd, err := n.sc.batchNormBackward(backward, d, d, d, 1e-5, f, fwd)
	require.NoError(n, err)
	v, err := n.sc.plain(f32(len(t.scale)))
	require.NoError(n, err)
	mem := func(d desc, x []byte) memory {
		m, err := n.sc.memory(d, x)
		require.NoError(n, err)
		return m
	}
	args := []arg{{argSrc, mem(d, bytesOf(t.x))}, {argScale, mem(v, bytesOf(t.scale))}, {argMean, mem(v, bytesOf(t.mean))},
		{argVariance, mem(v, bytesOf(t.variance))}, {argWorkspace, mem(fwd.workspace(), n.bytes(fwd.workspace().bytes()))}}
	add := func(name string, p pd, more ...arg) {
		q, err := p.primitive(n.sc)
		require.NoError(n, err)
		if size := p.scratchpadSize(); size > 0 {
			more = append(more, arg{argScratchpad, mem(p.scratchpad(), n.bytes(size))})
		}
		n.add(name).prim(name, q, append(more, args...)...)
	}
	dy := mem(d, bytesOf(t.dy))
	add("lib-fwd", fwd, arg{argShift, mem(v, bytesOf(t.bias))}, arg{argDst, mem(d, bytesOf(t.y))})
	add("lib-bwd", bwd, arg{argDiffDst, dy}, arg{argDiffSrc, dy}, arg{argDiffScale, mem(v, bytesOf(t.dscale))},
		arg{argDiffShift, mem(v, bytesOf(t.dbias))})
}
