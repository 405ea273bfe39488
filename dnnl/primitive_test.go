package dnnl

import (
	"math"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/stretchr/testify/require"
)

// plain returns a row-major descriptor; the tests below use no other.
func (b *bench) plain(shape ...int) desc {
	b.Helper()
	return must[desc](b)(b.sc.plain(f32(shape...)))
}

// view returns a memory and its floats.
func (b *bench) mem(d desc, x ...float32) (memory, []float32) {
	b.Helper()
	data := b.bytes(d.bytes())
	copy(view[float32](data), x)
	return must[memory](b)(b.sc.memory(d, data)), view[float32](data)
}

// x = 1..9 as [1 1 3 3], window 2, stride 2, padding 1 before; worked by hand.
func TestPooling(t *testing.T) {
	b := newBench(t)
	w := graph.Window{Kernel: []int{2, 2}, Stride: []int{2, 2}, Dilation: []int{1, 1}, PadBegin: []int{1, 1}, PadEnd: []int{0, 0}}
	x, y := b.plain(1, 1, 3, 3), b.plain(1, 1, 2, 2)
	for _, c := range []struct {
		name   string
		a      alg
		y, dx  []float32
		hasWsp bool
	}{
		{"max", poolMax, []float32{1, 3, 7, 9}, []float32{1, 0, 2, 0, 0, 0, 3, 0, 4}, true},
		{"average over the picture", poolAvgNoPad, []float32{1, 2.5, 5.5, 7}, []float32{1, 1, 1, 1.5, 1, 1, 1.5, 1, 1}, false},
		{"average with padding", poolAvgPad, []float32{.25, 1.25, 2.75, 7}, []float32{.25, .5, .5, .75, 1, 1, .75, 1, 1}, false},
	} {
		fwd := must[pd](b)(b.sc.poolForward(training, c.a, x, y, w))
		mx, _ := b.mem(x, 1, 2, 3, 4, 5, 6, 7, 8, 9)
		my, got := b.mem(y)
		args := []arg{{argSrc, mx}, {argDst, my}}
		var wsp []arg
		require.Equal(t, c.hasWsp, !fwd.workspace().none(), c.name)
		if c.hasWsp {
			m, _ := b.mem(fwd.workspace())
			wsp = []arg{{argWorkspace, m}}
		}
		b.now(fwd, append(args, wsp...)...)
		require.Equal(t, c.y, got, c.name)
		bwd := must[pd](b)(b.sc.poolBackward(c.a, x, y, w, fwd))
		mdy, _ := b.mem(y, 1, 2, 3, 4)
		mdx, dx := b.mem(x)
		b.now(bwd, append(wsp, arg{argDiffDst, mdy}, arg{argDiffSrc, mdx})...)
		require.Equal(t, c.dx, dx, c.name)
	}
}

// Of equal maxima the first takes the gradient, as graph.PoolGrad promises.
func TestMaxPoolTies(t *testing.T) {
	b := newBench(t)
	for _, kind := range []string{"nchw", "nhwc", "blocked"} {
		s := [4]int{1, 16, 4, 4}
		d, e := b.layoutOf(kind, s), b.layoutOf(kind, [4]int{1, 16, 2, 2})
		w := graph.Window2D(2, 2, 0)
		fwd := must[pd](b)(b.sc.poolForward(training, poolMax, d, e, w))
		mx, _ := b.mem(d) // all zero
		my, _ := b.mem(e)
		wsp, _ := b.mem(fwd.workspace())
		b.now(fwd, arg{argSrc, mx}, arg{argDst, my}, arg{argWorkspace, wsp})
		dy := make([]float32, 64)
		for i := range dy {
			dy[i] = 1
		}
		bwd := must[pd](b)(b.sc.poolBackward(poolMax, d, e, w, fwd))
		mdx := b.tensor(d, f32(s[:]...), nil)
		b.now(bwd, arg{argWorkspace, wsp}, arg{argDiffDst, b.tensor(e, f32(1, 16, 2, 2), dy)}, arg{argDiffSrc, mdx})
		for i, v := range b.read(mdx, d, f32(s[:]...)) {
			want := float32(0)
			if i/4%2 == 0 && i%2 == 0 {
				want = 1
			}
			require.Equal(t, want, v, "%s: element %d", kind, i)
		}
	}
}

// Batch statistics, scale and shift, fused ReLU, and the backward pass of both;
// expected numbers: central differences of a float64 loss Σ dy·y.
func TestBatchNorm(t *testing.T) {
	for _, relu := range []bool{false, true} {
		b := newBench(t)
		const n, c, s = 3, 4, 6
		x, dy := normals("x", n*c*s), normals("dy", n*c*s)
		scale, shift := normals("scale", c), normals("shift", c)
		d, v := b.plain(n, c, 2, 3), b.plain(c)
		f := normScale | normShift
		if relu {
			f |= normFuseRelu
		}
		fwd := must[pd](b)(b.sc.batchNormForward(training, d, d, 1e-3, f))
		mx, _ := b.mem(d, x...)
		my, y := b.mem(d)
		mg, _ := b.mem(v, scale...)
		mb, _ := b.mem(v, shift...)
		mm, mean := b.mem(v)
		mv, variance := b.mem(v)
		args := []arg{{argSrc, mx}, {argScale, mg}, {argMean, mm}, {argVariance, mv}}
		if relu {
			m, _ := b.mem(fwd.workspace())
			args = append(args, arg{argWorkspace, m})
		}
		b.now(fwd, append(args, arg{argShift, mb}, arg{argDst, my})...)
		m64, v64, y64 := naiveNorm(x, scale, shift, n, c, s, relu)
		near(t, m64, mean, 1e-6, "mean")
		near(t, v64, variance, 1e-6, "variance")
		near(t, y64, y, 1e-5, "y")

		bwd := must[pd](b)(b.sc.batchNormBackward(backward, d, d, d, 1e-3, f, fwd))
		mdy, _ := b.mem(d, dy...)
		mdx, dx := b.mem(d)
		mds, ds := b.mem(v)
		mdb, db := b.mem(v)
		b.now(bwd, append(args, arg{argDiffDst, mdy}, arg{argDiffSrc, mdx}, arg{argDiffScale, mds}, arg{argDiffShift, mdb})...)
		loss := func() (l float64) {
			_, _, y := naiveNorm(x, scale, shift, n, c, s, relu)
			for i := range y {
				l += y[i] * float64(dy[i])
			}
			return l
		}
		near(t, differences(x, loss), dx, 2e-3, "dx")
		near(t, differences(scale, loss), ds, 2e-3, "dscale")
		near(t, differences(shift, loss), db, 2e-3, "dshift")
	}
}

func naiveNorm(x, scale, shift []float32, n, c, s int, relu bool) (mean, variance, y []float64) {
	mean, variance, y = make([]float64, c), make([]float64, c), make([]float64, len(x))
	for i, v := range x {
		mean[i/s%c] += float64(v) / float64(n*s)
	}
	for i, v := range x {
		variance[i/s%c] += math.Pow(float64(v)-mean[i/s%c], 2) / float64(n*s)
	}
	for i, v := range x {
		k := i / s % c
		y[i] = float64(scale[k])*(float64(v)-mean[k])/math.Sqrt(variance[k]+1e-3) + float64(shift[k])
		if relu {
			y[i] = max(y[i], 0)
		}
	}
	return mean, variance, y
}

// differences returns the derivative of loss by each element of x.
func differences(x []float32, loss func() float64) []float64 {
	d := make([]float64, len(x))
	for i, v := range x {
		x[i] = v + 1e-3
		up, hi := loss(), float64(x[i])
		x[i] = v - 1e-3
		down, lo := loss(), float64(x[i])
		x[i] = v
		d[i] = (up - down) / (hi - lo)
	}
	return d
}

// Frozen statistics: y = scale·(x−mean)/√(variance+eps)+shift; worked by hand.
func TestBatchNormFrozen(t *testing.T) {
	b := newBench(t)
	d, v := b.plain(1, 2, 1, 2), b.plain(2)
	p := must[pd](b)(b.sc.batchNormForward(inference, d, d, 1, normScale|normShift|normGlobal))
	mx, _ := b.mem(d, 1, 3, 10, 20)
	my, y := b.mem(d)
	mm, _ := b.mem(v, 1, 10)
	mv, _ := b.mem(v, 3, 24) // √(3+1) = 2, √(24+1) = 5
	mg, _ := b.mem(v, 2, 1)
	mb, _ := b.mem(v, 0.5, -1)
	b.now(p, arg{argSrc, mx}, arg{argDst, my}, arg{argMean, mm}, arg{argVariance, mv}, arg{argScale, mg}, arg{argShift, mb})
	near(t, []float64{.5, 2.5, -1, 1}, y, 1e-6, "y")
}

func TestEltwise(t *testing.T) {
	b := newBench(t)
	d := b.plain(5)
	x := []float32{-4, -1, 0.5, 2, 8}
	for _, c := range []struct {
		name        string
		a           alg
		alpha, beta float32
		f           func(x float64) float64
		fromResult  bool
	}{
		{"relu", eltReluDst, 0, 0, func(x float64) float64 { return max(x, 0) }, true},
		{"leaky", eltRelu, 0.1, 0, func(x float64) float64 { return max(x, 0.1*x) }, false},
		{"clip", eltClip, 0, 6, func(x float64) float64 { return min(max(x, 0), 6) }, false},
		{"tanh", eltTanhDst, 0, 0, math.Tanh, true},
		{"sigmoid", eltSigmoidDst, 0, 0, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, true},
		{"hardsigmoid", eltHardSigmoid, 0.2, 0.5, func(x float64) float64 { return max(0, min(1, 0.2*x+0.5)) }, false},
		{"hardswish", eltHardSwish, 1.0 / 6, 0.5, func(x float64) float64 { return x * max(0, min(1, x/6+0.5)) }, false},
	} {
		fwd := must[pd](b)(b.sc.eltwiseForward(training, c.a, d, d, c.alpha, c.beta))
		mx, _ := b.mem(d, x...)
		my, y := b.mem(d)
		b.now(fwd, arg{argSrc, mx}, arg{argDst, my})
		want, dwant := make([]float64, len(x)), make([]float64, len(x))
		for i, v := range x {
			want[i] = c.f(float64(v))
			dwant[i] = 3 * (c.f(float64(v)+1e-6) - c.f(float64(v)-1e-6)) / 2e-6
		}
		near(t, want, y, 1e-5, c.name)
		bwd := must[pd](b)(b.sc.eltwiseBackward(c.a, d, d, d, c.alpha, c.beta, fwd))
		mdy, _ := b.mem(d, 3, 3, 3, 3, 3)
		mdx, dx := b.mem(d)
		data := arg{argSrc, mx}
		if c.fromResult {
			data = arg{argDst, my}
		}
		b.now(bwd, data, arg{argDiffDst, mdy}, arg{argDiffSrc, mdx})
		near(t, dwant, dx, 1e-4, c.name+" gradient")
	}
}

// [2 2] with a [1 2] row and a [1 1] scalar; worked by hand.
func TestBinary(t *testing.T) {
	b := newBench(t)
	d, row := b.plain(2, 2), b.plain(1, 2)
	for _, c := range []struct {
		a    alg
		want []float32
	}{
		{binaryAdd, []float32{3, 6, 5, 8}},
		{binarySub, []float32{-1, -2, 1, 0}},
		{binaryMul, []float32{2, 8, 6, 16}},
		{binaryDiv, []float32{.5, .5, 1.5, 1}},
		{binaryMax, []float32{2, 4, 3, 4}},
		{binaryMin, []float32{1, 2, 2, 4}},
	} {
		p := must[pd](b)(b.sc.binary(c.a, d, row, d))
		x0, _ := b.mem(d, 1, 2, 3, 4)
		x1, _ := b.mem(row, 2, 4)
		my, y := b.mem(d)
		b.now(p, arg{argSrc, x0}, arg{argSrc1, x1}, arg{argDst, my})
		require.Equal(t, c.want, y)
	}
	scalar := b.plain(1, 1)
	p := must[pd](b)(b.sc.binary(binaryAdd, d, row, d, thenBinary(binaryMul, scalar)))
	x0, _ := b.mem(d, 1, 2, 3, 4)
	x1, _ := b.mem(row, 2, 4)
	k, _ := b.mem(scalar, 10)
	b.now(p, arg{argSrc, x0}, arg{argSrc1, x1}, arg{argDst, x0}, arg{argPostOp(0), k})
	out := b.read(x0, d, f32(2, 2))
	require.Equal(t, []float32{30, 60, 50, 80}, out, "in place, with a post-operation")
}

func TestReductionSumConcat(t *testing.T) {
	b := newBench(t)
	d, col := b.plain(2, 3), b.plain(1, 3)
	x, _ := b.mem(d, 1, 2, 3, 4, 5, 6)
	my, y := b.mem(col)
	b.now(must[pd](b)(b.sc.reduction(reduceSum, d, col)), arg{argSrc, x}, arg{argDst, my})
	require.Equal(t, []float32{5, 7, 9}, y)
	b.now(must[pd](b)(b.sc.reduction(reduceMean, d, col)), arg{argSrc, x}, arg{argDst, my})
	require.Equal(t, []float32{2.5, 3.5, 4.5}, y)

	ms, s := b.mem(d)
	b.now(must[pd](b)(b.sc.sum(d, []float32{1, -2}, []desc{d, d})), arg{argMultiple, x}, arg{argMultiple + 1, x}, arg{argDst, ms})
	require.Equal(t, []float32{-1, -2, -3, -4, -5, -6}, s)

	mc, c := b.mem(b.plain(3, 3))
	b.now(must[pd](b)(b.sc.concat(b.plain(3, 3), 0, []desc{d, col})), arg{argMultiple, x}, arg{argMultiple + 1, my}, arg{argDst, mc})
	require.Equal(t, []float32{1, 2, 3, 4, 5, 6, 2.5, 3.5, 4.5}, c)
	require.False(t, must[pd](b)(b.sc.concat(desc{}, 1, []desc{d, d})).dst().none(), "the library chooses a layout")
}

// x [2 3] times w [3 2] with bias; then wᵀ given by strides; worked by hand.
func TestMatmul(t *testing.T) {
	b := newBench(t)
	x, w, c, y := b.plain(2, 3), b.plain(3, 2), b.plain(1, 2), b.plain(2, 2)
	mx, _ := b.mem(x, 1, 2, 3, 4, 5, 6)
	mw, _ := b.mem(w, 1, 2, 3, 4, 5, 6)
	mc, _ := b.mem(c, 100, 200)
	my, got := b.mem(y)
	b.now(must[pd](b)(b.sc.matmul(x, w, c, y)), arg{argSrc, mx}, arg{argWeights, mw}, arg{argBias, mc}, arg{argDst, my})
	require.Equal(t, []float32{122, 228, 149, 264}, got)
	wt := must[desc](b)(b.sc.strided(f32(3, 2), []int{1, 3}))
	b.now(must[pd](b)(b.sc.matmul(x, wt, desc{}, y)), arg{argSrc, mx}, arg{argWeights, mw}, arg{argDst, my})
	require.Equal(t, []float32{14, 32, 32, 77}, got)
}

// y = x·wᵀ + b and its gradients on small integers; worked by hand.
func TestInnerProduct(t *testing.T) {
	b := newBench(t)
	d := convDescs{x: b.plain(2, 3), w: b.plain(2, 3), b: b.plain(2), y: b.plain(2, 2)}
	fwd := must[pd](b)(b.sc.innerForward(training, d))
	mx, _ := b.mem(d.x, 1, 2, 3, 4, 5, 6)
	mw, _ := b.mem(d.w, 1, 0, -1, 2, 1, 0)
	mb, _ := b.mem(d.b, 10, 20)
	my, y := b.mem(d.y)
	b.now(fwd, arg{argSrc, mx}, arg{argWeights, mw}, arg{argBias, mb}, arg{argDst, my})
	require.Equal(t, []float32{8, 24, 8, 33}, y)
	mdy, _ := b.mem(d.y, 1, 2, 3, 4)
	mdx, dx := b.mem(d.x)
	b.now(must[pd](b)(b.sc.innerBackwardData(d, fwd)), arg{argWeights, mw}, arg{argDiffDst, mdy}, arg{argDiffSrc, mdx})
	require.Equal(t, []float32{5, 2, -1, 11, 4, -3}, dx)
	mdw, dw := b.mem(d.w)
	mdb, db := b.mem(d.b)
	b.now(must[pd](b)(b.sc.innerBackwardWeights(d, fwd)), arg{argSrc, mx}, arg{argDiffDst, mdy}, arg{argDiffWeights, mdw}, arg{argDiffBias, mdb})
	require.Equal(t, []float32{13, 17, 21, 18, 24, 30}, dw)
	require.Equal(t, []float32{4, 6}, db)
}

func TestSoftmax(t *testing.T) {
	b := newBench(t)
	d := b.plain(1, 3)
	fwd := must[pd](b)(b.sc.softmaxForward(training, softmaxPlain, d, d, 1))
	mx, _ := b.mem(d, 0, float32(math.Log(2)), float32(math.Log(5)))
	my, y := b.mem(d)
	b.now(fwd, arg{argSrc, mx}, arg{argDst, my})
	near(t, []float64{1.0 / 8, 2.0 / 8, 5.0 / 8}, y, 1e-6, "y")
	mdy, _ := b.mem(d, 1, 0, 0)
	mdx, dx := b.mem(d)
	b.now(must[pd](b)(b.sc.softmaxBackward(softmaxPlain, d, d, d, 1, fwd)), arg{argDst, my}, arg{argDiffDst, mdy}, arg{argDiffSrc, mdx})
	near(t, []float64{7.0 / 64, -2.0 / 64, -5.0 / 64}, dx, 1e-6, "dx") // y·(dy − Σ y·dy)
	mlog, l := b.mem(d)
	b.now(must[pd](b)(b.sc.softmaxForward(inference, softmaxLog, d, d, 1)), arg{argSrc, mx}, arg{argDst, mlog})
	near(t, []float64{-math.Log(8), math.Log(2.0 / 8), math.Log(5.0 / 8)}, l, 1e-5, "logarithm")
}

// Expected numbers: the formula of graph.LRN and its central differences.
func TestLRN(t *testing.T) {
	b := newBench(t)
	const c, s = 7, 4
	o := graph.LRN{Size: 3, Alpha: 0.5, Beta: 0.75, Bias: 2}
	x, dy := normals("x", c*s), normals("dy", c*s)
	f := func() []float64 {
		y := make([]float64, len(x))
		for i, v := range x {
			sum, k := 0.0, i/s
			for j := max(0, k-1); j <= min(c-1, k+1); j++ {
				sum += math.Pow(float64(x[j*s+i%s]), 2)
			}
			y[i] = float64(v) * math.Pow(2+0.5/3*sum, -0.75)
		}
		return y
	}
	d := b.plain(1, c, 2, 2)
	fwd := must[pd](b)(b.sc.lrnForward(training, d, d, o))
	mx, _ := b.mem(d, x...)
	my, y := b.mem(d)
	args := []arg{{argSrc, mx}}
	if !fwd.workspace().none() {
		m, _ := b.mem(fwd.workspace())
		args = append(args, arg{argWorkspace, m})
	}
	b.now(fwd, append(args, arg{argDst, my})...)
	near(t, f(), y, 1e-5, "y")
	mdy, _ := b.mem(d, dy...)
	mdx, dx := b.mem(d)
	b.now(must[pd](b)(b.sc.lrnBackward(d, d, d, o, fwd)), append(args, arg{argDiffDst, mdy}, arg{argDiffSrc, mdx})...)
	loss := func() (l float64) {
		for i, v := range f() {
			l += v * float64(dy[i])
		}
		return l
	}
	near(t, differences(x, loss), dx, 1e-3, "dx")
}

func TestReorder(t *testing.T) {
	b := newBench(t)
	x := normals("x", 2*20*3*5)
	for _, kind := range []string{"nchw", "nhwc", "blocked"} {
		d := b.layoutOf(kind, [4]int{2, 20, 3, 5})
		require.Equal(t, x, b.read(b.tensor(d, f32(2, 20, 3, 5), x), d, f32(2, 20, 3, 5)), kind)
	}
}

// What the machine cannot do is an error to fall back on, not a failure.
func TestUnsupported(t *testing.T) {
	b := newBench(t)
	x := must[desc](b)(b.sc.plain(graph.Type{DType: graph.Uint8, Shape: graph.Shape{1, 2, 4, 4}}))
	y := b.plain(1, 2, 2, 2)
	_, err := b.sc.poolForward(training, poolMax, x, y, graph.Window2D(2, 2, 0))
	require.ErrorIs(t, err, fault.ErrUnsupported)
}

// Views of one memory: a box, other extents, other names of the axes.
func TestDescViews(t *testing.T) {
	b := newBench(t)
	d := b.plain(2, 3, 4)
	r := must[desc](b)(b.sc.reshaped(d, []int{6, 4}))
	require.True(t, r.equal(b.plain(6, 4)))
	p := must[layout](b)(must[desc](b)(b.sc.permuted(d, []int{1, 0, 2})).layout())
	require.Equal(t, []int{3, 2, 4}, p.dims)
	require.Equal(t, "bac", p.String())
	s := must[desc](b)(b.sc.sub(d, []int{2, 1, 4}, []int{0, 2, 0}))
	mx, _ := b.mem(d, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23)
	my, y := b.mem(b.plain(2, 1, 4))
	b.now(must[pd](b)(b.sc.reorder(s, b.plain(2, 1, 4))), arg{argSrc, mx}, arg{argDst, my})
	require.Equal(t, []float32{8, 9, 10, 11, 20, 21, 22, 23}, y)
}
