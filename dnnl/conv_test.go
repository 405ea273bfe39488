package dnnl

import (
	"fmt"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// convCase is one geometry. Expected numbers come from naiveConv in float64.
type convCase struct {
	name       string
	n, c, h, w int
	k, groups  int
	win        graph.Window
	bias       bool
}

var convCases = []convCase{
	{"3x3 pad 1", 2, 16, 9, 9, 32, 1, graph.Window2D(3, 1, 1), true},
	{"stem 7x7 stride 2", 1, 3, 23, 21, 8, 1, graph.Window2D(7, 2, 3), false},
	{"1x1", 3, 20, 5, 7, 12, 1, graph.Window2D(1, 1, 0), true},
	{"depthwise", 2, 24, 8, 8, 24, 24, graph.Window2D(3, 1, 1), true},
	{"groups", 2, 12, 8, 8, 8, 4, graph.Window2D(3, 2, 1), false},
	{"dilated, asymmetric", 1, 5, 12, 11, 7, 1, graph.Window{
		Kernel: []int{3, 2}, Stride: []int{1, 2}, Dilation: []int{2, 3}, PadBegin: []int{1, 0}, PadEnd: []int{3, 2}}, true},
}

func (c convCase) out() (oh, ow int) {
	o, err := c.win.Out([]int{c.h, c.w}, false)
	if err != nil {
		panic(err)
	}
	return o[0], o[1]
}

// visit calls f for every product of the convolution: positions in x, w and y.
func (c convCase) visit(f func(x, w, y int)) {
	oh, ow := c.out()
	cg, kg := c.c/c.groups, c.k/c.groups
	kh, kw := c.win.Kernel[0], c.win.Kernel[1]
	for n := range c.n {
		for k := range c.k {
			for i := range oh {
				for j := range ow {
					y := ((n*c.k+k)*oh+i)*ow + j
					for q := range cg * kh * kw {
						ci, r, s := q/(kh*kw), q/kw%kh, q%kw
						h := i*c.win.Stride[0] - c.win.PadBegin[0] + r*c.win.Dilation[0]
						w := j*c.win.Stride[1] - c.win.PadBegin[1] + s*c.win.Dilation[1]
						if h < 0 || h >= c.h || w < 0 || w >= c.w {
							continue
						}
						f(((n*c.c+k/kg*cg+ci)*c.h+h)*c.w+w, k*cg*kh*kw+q, y)
					}
				}
			}
		}
	}
}

func (c convCase) shapes() (x, w, y graph.Type, grouped []int) {
	oh, ow := c.out()
	k := c.win.Kernel
	x, y = f32(c.n, c.c, c.h, c.w), f32(c.n, c.k, oh, ow)
	w = f32(c.k, c.c/c.groups, k[0], k[1])
	if c.groups > 1 {
		w = f32(c.groups, c.k/c.groups, c.c/c.groups, k[0], k[1])
	}
	return x, w, y, w.Shape
}

func TestConvolution(t *testing.T) {
	for _, c := range convCases {
		t.Run(c.name, func(t *testing.T) { testConv(newBench(t), c) })
	}
}

// testConv runs forward and both backward forms against float64 loops.
func testConv(b *bench, c convCase) {
	xt, wt, yt, _ := c.shapes()
	x, w, dy := normals("x", xt.Shape.Len()), normals("w", wt.Shape.Len()), normals("dy", yt.Shape.Len())
	bias := normals("b", c.k)
	y64, dx64 := make([]float64, len(dy)), make([]float64, len(x))
	dw64, db64 := make([]float64, len(w)), make([]float64, c.k)
	plane := yt.Shape[2] * yt.Shape[3]
	for i := range dy {
		k := i / plane % c.k
		db64[k] += float64(dy[i])
		if c.bias {
			y64[i] = float64(bias[k])
		}
	}
	c.visit(func(i, j, o int) {
		y64[o] += float64(x[i]) * float64(w[j])
		dx64[i] += float64(w[j]) * float64(dy[o])
		dw64[j] += float64(x[i]) * float64(dy[o])
	})

	md := must[desc](b)
	anyDescs := convDescs{x: md(b.sc.tagged(xt, tagAny)), w: md(b.sc.tagged(wt, tagAny)), y: md(b.sc.tagged(yt, tagAny))}
	if c.bias {
		anyDescs.b = md(b.sc.plain(f32(c.k)))
	}
	fwd := must[pd](b)(b.sc.convForward(training, convDirect, anyDescs, c.win))
	b.Logf("%s: %v x %v w %v y %v", c.name, fwd.impl(), fwd.src(0), fwd.weights(), fwd.dst())
	mx, mw, my := b.tensor(fwd.src(0), xt, x), b.tensor(fwd.weights(), wt, w), b.tensor(fwd.dst(), yt, nil)
	args := append([]arg{{argSrc, mx}, {argWeights, mw}, {argDst, my}}, b.scratch(fwd)...)
	if c.bias {
		args = append(args, arg{argBias, b.tensor(fwd.bias(), f32(c.k), bias)})
	}
	b.prog.prim(c.name, must[prim](b)(fwd.primitive(b.sc)), args...)
	b.run()
	near(b, y64, b.read(my, fwd.dst(), yt), 1e-4, "y")

	bwd := must[pd](b)(b.sc.convBackwardData(convDirect, anyDescs, c.win, fwd))
	mdx := b.tensor(bwd.diffSrc(), xt, nil)
	b.now(bwd, arg{argWeights, b.tensor(bwd.weights(), wt, w)}, arg{argDiffDst, b.tensor(bwd.diffDst(), yt, dy)}, arg{argDiffSrc, mdx})
	near(b, dx64, b.read(mdx, bwd.diffSrc(), xt), 1e-4, "dx")

	wpd := must[pd](b)(b.sc.convBackwardWeights(convDirect, anyDescs, c.win, fwd))
	mdw := b.tensor(wpd.diffWeights(), wt, nil)
	args = []arg{{argSrc, b.tensor(wpd.src(0), xt, x)}, {argDiffDst, b.tensor(wpd.diffDst(), yt, dy)}, {argDiffWeights, mdw}}
	if c.bias {
		mdb := b.tensor(wpd.diffBias(), f32(c.k), nil)
		b.now(wpd, append(args, arg{argDiffBias, mdb})...)
		near(b, db64, b.read(mdb, wpd.diffBias(), f32(c.k)), 1e-4, "db")
	} else {
		b.now(wpd, args...)
	}
	near(b, dw64, b.read(mdw, wpd.diffWeights(), wt), 1e-4, "dw")
}

// A convolution with bias, residual and ReLU in one primitive, the form of frozen
// layers: y = max(conv(x, w) + b + r, 0), r being what y held before.
func TestConvolutionPostOps(t *testing.T) {
	b, c := newBench(t), convCases[0]
	xt, wt, yt, _ := c.shapes()
	x, w, r, bias := normals("x", xt.Shape.Len()), normals("w", wt.Shape.Len()), normals("r", yt.Shape.Len()), normals("b", c.k)
	want := make([]float64, len(r))
	plane := yt.Shape[2] * yt.Shape[3]
	for i := range want {
		want[i] = float64(bias[i/plane%c.k]) + float64(r[i])
	}
	c.visit(func(i, j, o int) { want[o] += float64(x[i]) * float64(w[j]) })
	for i := range want {
		want[i] = max(want[i], 0)
	}
	md := must[desc](b)
	d := convDescs{x: md(b.sc.tagged(xt, tagAny)), w: md(b.sc.tagged(wt, tagAny)), b: md(b.sc.plain(f32(c.k))), y: md(b.sc.tagged(yt, tagAny))}
	p := must[pd](b)(b.sc.convForward(inference, convAuto, d, c.win, sumInto(), thenEltwise(eltRelu, 0, 0)))
	my := b.tensor(p.dst(), yt, r)
	b.now(p, arg{argSrc, b.tensor(p.src(0), xt, x)}, arg{argWeights, b.tensor(p.weights(), wt, w)},
		arg{argBias, b.tensor(p.bias(), f32(c.k), bias)}, arg{argDst, my})
	near(b, want, b.read(my, p.dst(), yt), 1e-4, fmt.Sprint("fused ", p.impl()))
}
