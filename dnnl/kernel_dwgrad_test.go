package dnnl

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// depthCase is one gradient: x [n c h w], kernel, strides, padding top left bottom right.
type depthCase struct{ n, c, h, w, kh, kw, sh, sw, pt, pl, pb, pr int }

// Usual nets, then borders: a kernel as large as the padded picture, one that never lies
// within, padding on one side, different axes, one column, many pictures a group, channels
// that fill a block or not.
var depthCases = []depthCase{
	{2, 32, 14, 14, 5, 5, 1, 1, 2, 2, 2, 2}, {3, 40, 13, 15, 5, 5, 2, 2, 1, 1, 2, 2}, {2, 16, 7, 7, 5, 5, 1, 1, 2, 2, 2, 2},
	{2, 17, 9, 8, 3, 3, 1, 1, 1, 1, 1, 1}, {2, 3, 9, 8, 3, 3, 2, 2, 0, 0, 1, 1}, {1, 8, 12, 12, 7, 7, 1, 1, 3, 3, 3, 3},
	{2, 16, 3, 3, 5, 5, 1, 1, 2, 2, 2, 2}, {2, 16, 2, 1, 5, 5, 1, 1, 2, 2, 2, 2}, {2, 24, 6, 11, 3, 5, 2, 1, 2, 0, 0, 3},
	{1, 16, 5, 9, 1, 4, 1, 3, 0, 2, 0, 0}, {70, 16, 4, 4, 5, 5, 1, 1, 2, 2, 2, 2}, {2, 16, 8, 8, 2, 2, 2, 2, 0, 0, 0, 0},
	{1, 8, 4, 20, 4, 6, 1, 1, 3, 5, 3, 5}, {5, 96, 30, 31, 5, 5, 2, 2, 2, 2, 2, 2},
}

func (d depthCase) op() graph.Conv {
	return graph.Conv{Groups: d.c, Window: graph.Window{Kernel: []int{d.kh, d.kw}, Stride: []int{d.sh, d.sw}, Dilation: []int{1, 1},
		PadBegin: []int{d.pt, d.pl}, PadEnd: []int{d.pb, d.pr}}}
}

// run computes dw through the kernel and returns it row-major, with the scratch it used.
func (d depthCase) run(b *bench, block int) (want *graph.Tensor, got []float32) {
	b.Helper()
	o, tagged := d.op(), map[int]tag{8: tagBlocked8, 16: tagBlocked16}[block]
	oh, ow := (d.h+d.pt+d.pb-d.kh)/d.sh+1, (d.w+d.pl+d.pr-d.kw)/d.sw+1
	xs, ys, ws := graph.Shape{d.n, d.c, d.h, d.w}, graph.Shape{d.n, d.c, oh, ow}, graph.Shape{d.c, 1, d.kh, d.kw}
	x, dy := graph.FromF32(normals("x", xs.Len()), xs...), graph.FromF32(normals("dy", ys.Len()), ys...)
	out, err := ref.Evaluator{}.Eval(graph.ConvGradWeight{Conv: o, W: ws}, []*graph.Tensor{x, dy})
	require.NoError(b, err)

	put := func(t *graph.Tensor) ([]float32, layout) {
		to := must[desc](b)(b.sc.tagged(f32(t.Shape...), tagged))
		lay := must[layout](b)(to.layout())
		data := b.bytes(to.bytes())
		b.convert(must[desc](b)(b.sc.plain(f32(t.Shape...))), to, bytesOf(t.F32), must[memory](b)(b.sc.memory(to, data)))
		return view[float32](data), lay
	}
	px, lx := put(x)
	pdy, ly := put(dy)
	blocks := (d.c + block - 1) / block
	lw := layout{dims: []int{d.c, 1, 1, d.kh, d.kw}, padded: []int{blocks * block, 1, 1, d.kh, d.kw},
		strides: []int{d.kh * d.kw * block, d.kh * d.kw * block, d.kh * d.kw * block, d.kw * block, block}, blocks: []int{block}, axes: []int{0}}
	k, err := newDepthCut(lx, ly, lw, o)
	require.NoError(b, err)
	dw := b.zeros(blocks * k.taps())
	require.NoError(b, b.prog.depthwiseGrad("dw", k, dw, px, pdy, view[float64](b.bytes(int64(8*k.sums())))))
	b.run()
	for c := range d.c {
		for t := range d.kh * d.kw {
			got = append(got, dw[(c/block*d.kh*d.kw+t)*block+c%block])
		}
	}
	for i := d.c; i < blocks*block; i++ {
		for t := range d.kh * d.kw {
			require.Zero(b, dw[(i/block*d.kh*d.kw+t)*block+i%block], "padding")
		}
	}
	return out[0], got
}

// TestDepthwiseGrad compares with the Go reference.
func TestDepthwiseGrad(t *testing.T) {
	for _, block := range []int{8, 16} {
		for _, d := range depthCases {
			t.Run(fmt.Sprint(block, d), func(t *testing.T) {
				want, got := d.run(newBench(t), block)
				near(t, want.F32, got, 5e-5, "dw") // sums of 1,200 products in float32 round at 35, not at their result
			})
		}
	}
}

// Results are the same bits for any number of threads: the test runs itself with other
// settings, since a process reads OMP_NUM_THREADS once.
func TestDepthwiseThreads(t *testing.T) {
	if os.Getenv("GOTL_DEPTH_SUM") != "" {
		h := uint64(14695981039346656037)
		for _, d := range depthCases[len(depthCases)-4:] {
			_, got := d.run(newBench(t), 16)
			for _, v := range got {
				h = (h ^ uint64(math.Float32bits(v))) * 1099511628211
			}
		}
		fmt.Printf("sum %016x\n", h)
		return
	}
	sums := map[string]bool{}
	for _, threads := range []string{"1", "2", "5"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestDepthwiseThreads$")
		cmd.Env = append(os.Environ(), "GOTL_DEPTH_SUM=1", "OMP_NUM_THREADS="+threads)
		out, err := cmd.Output()
		require.NoError(t, err, string(out))
		require.Contains(t, string(out), "sum ")
		sums[string(out[:len("sum ")+16])] = true
	}
	require.Len(t, sums, 1)
}

func TestDepthwiseRefuses(t *testing.T) {
	b := newBench(t)
	lay := func(tg tag, s ...int) layout {
		return must[layout](b)(must[desc](b)(b.sc.tagged(f32(s...), tg)).layout())
	}
	d := depthCases[0]
	x, y := lay(tagBlocked16, 2, 32, 14, 14), lay(tagBlocked16, 2, 32, 14, 14)
	w := layout{dims: []int{32, 1, 1, 5, 5}, padded: []int{32, 1, 1, 5, 5}, strides: []int{400, 400, 400, 80, 16}, blocks: []int{16}, axes: []int{0}}
	_, err := newDepthCut(x, y, w, d.op())
	require.NoError(t, err)
	wide, half := d.op(), d.op()
	wide.Dilation, half.Groups = []int{2, 1}, 16
	for name, f := range map[string]func() error{
		"channels last": func() error { _, err := newDepthCut(lay(tagNHWC, 2, 32, 14, 14), y, w, d.op()); return err },
		"other blocks":  func() error { _, err := newDepthCut(x, lay(tagBlocked8, 2, 32, 14, 14), w, d.op()); return err },
		"dilation":      func() error { _, err := newDepthCut(x, y, w, wide); return err },
		"groups of two": func() error { _, err := newDepthCut(x, y, w, half); return err },
		"plain weight": func() error {
			_, err := newDepthCut(x, y, layout{dims: w.dims, padded: w.dims, strides: []int{25, 25, 25, 5, 1}}, d.op())
			return err
		},
	} {
		require.ErrorIs(t, f(), fault.ErrUnsupported, name)
	}
	k, err := newDepthCut(x, y, w, d.op())
	require.NoError(t, err)
	n := 2 * 32 * 14 * 14
	ok := func() ([]float32, []float32, []float32, []float64) {
		return b.zeros(800), b.zeros(n), b.zeros(n), view[float64](b.bytes(int64(8 * k.sums())))
	}
	dw, px, py, part := ok()
	require.ErrorIs(t, b.prog.depthwiseGrad("dw", k, dw[1:], px, py, part), fault.ErrInternal)
	require.ErrorIs(t, b.prog.depthwiseGrad("dw", k, dw, px[1:], py, part), fault.ErrInternal)
	require.ErrorIs(t, b.prog.depthwiseGrad("dw", k, dw, px, py[1:], part), fault.ErrInternal)
	require.ErrorIs(t, b.prog.depthwiseGrad("dw", k, dw, px, py, part[1:]), fault.ErrInternal)
}
