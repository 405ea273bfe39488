package dnnl

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// normCase is one normalisation in one layout with its operands in C memory.
type normCase struct {
	*bench
	shape [4]int
	d     desc
	lay   layout
	k     normCut
	act   graph.Act
	t     normTensors
	in    map[string]*graph.Tensor
}

// Channels that fill a block or not, planes below and above a vector and a unit of
// work, several pictures in a unit, more than one strip of channels-last rows.
var normShapes = [][4]int{{1, 1, 3, 3}, {5, 3, 7, 7}, {2, 16, 1, 2}, {3, 17, 5, 9}, {4, 40, 7, 7}, {2, 8, 40, 41}, {3, 100, 13, 7},
	{2, 64, 33, 9}, {40, 32, 3, 2}, {7, 5, 1, 1}}

func newNormCase(b *bench, s [4]int, tag tag, act graph.Act, residual bool, offset float32) *normCase {
	b.Helper()
	c := &normCase{bench: b, shape: s, act: act, in: map[string]*graph.Tensor{}}
	c.d = must[desc](b)(b.sc.tagged(f32(s[:]...), tag))
	c.lay = must[layout](b)(c.d.layout())
	c.k = must[normCut](b)(newNormCut(c.lay))
	n := graph.Shape(s[:]).Len()
	for _, name := range []string{"x", "r", "dy"} {
		c.in[name] = graph.FromF32(normals(name, n), s[:]...)
	}
	for i := range c.in["x"].F32 {
		c.in["x"].F32[i] += offset
	}
	for _, name := range []string{"scale", "bias"} {
		c.in[name] = graph.FromF32(normals(name, s[1]), s[1])
	}
	c.t = normTensors{x: c.put("x"), dy: c.put("dy"), y: b.zeros(c.k.elems()), dx: b.zeros(c.k.elems()),
		scale: b.floats(c.in["scale"].F32...), bias: b.floats(c.in["bias"].F32...), mean: b.zeros(s[1]), variance: b.zeros(s[1]),
		dscale: b.zeros(s[1]), dbias: b.zeros(s[1]), part: view[float64](b.bytes(int64(8 * c.k.sums()))), coef: b.zeros(c.k.coefs())}
	if residual {
		c.t.r, c.t.d = c.put("r"), b.zeros(c.k.elems())
	}
	return c
}

// put returns operand name in the layout.
func (c *normCase) put(name string) []float32 {
	c.Helper()
	data := c.zeros(c.k.elems())
	m := must[memory](c.bench)(c.sc.memory(c.d, bytesOf(data)))
	c.convert(must[desc](c.bench)(c.sc.plain(f32(c.shape[:]...))), c.d, bytesOf(c.in[name].F32), m)
	return data
}

// get returns x row-major.
func (c *normCase) get(x []float32) []float32 {
	c.Helper()
	requireZeroPadding(c.T, c.lay, x)
	return c.read(must[memory](c.bench)(c.sc.memory(c.d, bytesOf(x))), c.d, f32(c.shape[:]...))
}

func (c *normCase) steps(add func(l *steps) error) {
	c.Helper()
	l := &steps{}
	defer l.close()
	require.NoError(c, add(l))
	require.NoError(c, l.run(c.e))
}

func (c *normCase) forward() {
	c.Helper()
	c.steps(func(l *steps) error { return l.normForward("bn", c.k, 1e-3, c.act, c.t) })
}

func (c *normCase) backward() {
	c.Helper()
	c.steps(func(l *steps) error { return l.normBackward("bn", c.k, 1e-3, c.act, c.t) })
}

// eval is the reference.
func (c *normCase) eval(op graph.Op, in ...*graph.Tensor) []*graph.Tensor {
	c.Helper()
	out, err := ref.Evaluator{}.Eval(op, in)
	require.NoError(c, err)
	return out
}

func (c *normCase) near(want *graph.Tensor, got []float32, tol float64, what string) {
	c.Helper()
	near(c.T, want.F32, got, tol, fmt.Sprint(what, " ", c.lay, c.shape, c.act, c.t.r != nil))
}

// TestNormKernel compares both directions with the reference in all layouts, with
// results in memory of their own and over every operand they may lie in.
func TestNormKernel(t *testing.T) {
	acts := []graph.Act{{}, {Fn: graph.Relu}, {Fn: graph.Clip, Alpha: 0.5, Beta: 1.5}}
	for i, s := range normShapes {
		for k, tag := range []tag{tagNCHW, tagBlocked8, tagBlocked16, tagNHWC} {
			for j, act := range acts {
				residual := (i+j+k)%2 == 0
				t.Run(fmt.Sprint(s, tag, act.Fn, residual), func(t *testing.T) {
					c := newNormCase(newBench(t), s, tag, act, residual, float32(i%3)*500)
					c.check()
				})
			}
		}
	}
}

func (c *normCase) check() {
	c.Helper()
	in := []*graph.Tensor{c.in["x"], c.in["scale"], c.in["bias"]}
	if c.t.r != nil {
		in = append(in, c.in["r"])
	}
	want := c.eval(graph.FusedBatchNormTrain{Eps: 1e-3, Act: c.act}, in...)
	c.forward()
	y := c.get(c.t.y)
	c.near(want[0], y, 2e-5, "y")
	c.near(want[1], c.t.mean, 1e-6, "mean")
	c.near(want[2], c.t.variance, 1e-5, "variance")

	back := []*graph.Tensor{c.in["x"], c.in["scale"], graph.FromF32(c.t.mean, c.shape[1]), graph.FromF32(c.t.variance, c.shape[1]), c.in["dy"]}
	if c.act.Fn != graph.NoAct {
		back = append(back, graph.FromF32(y, c.shape[:]...))
	} else if c.t.d == nil {
		c.t.y = nil
	}
	want = c.eval(graph.FusedBatchNormGrad{Eps: 1e-3, Act: c.act, Residual: c.t.d != nil}, back...)
	c.backward()
	dx := c.get(c.t.dx)
	c.near(want[0], dx, 5e-5, "dx")
	c.near(want[1], c.t.dscale, 1e-4, "dscale")
	c.near(want[2], c.t.dbias, 1e-4, "dbias")
	if c.t.d != nil {
		require.Equal(c, want[3].F32, c.get(c.t.d), "d is dy or 0")
	}
	c.inPlace(y, dx)
	c.masked(y, dx)
}

// inPlace checks that results over an operand are the same bits.
func (c *normCase) inPlace(y, dx []float32) {
	c.Helper()
	t := c.t
	targets := map[string]*[]float32{"dy": &c.t.dy, "x": &c.t.x}
	if c.act.Fn != graph.NoAct {
		targets["y"] = &c.t.y
	}
	for name, over := range targets {
		*over = c.copyOf(*over)
		c.t.dx = *over
		c.backward()
		require.Equal(c, dx, c.get(c.t.dx), "dx over "+name)
		c.t = t
	}
	if t.d != nil {
		c.t.dy = c.copyOf(t.dy)
		c.t.d = c.t.dy
		c.backward()
		require.Equal(c, dx, c.get(c.t.dx), "d over dy")
		c.t = t
		c.t.r = c.copyOf(t.r)
		c.t.y = c.t.r
		c.forward()
		require.Equal(c, y, c.get(c.t.y), "y over r")
		c.t = t
	}
	c.t.x = c.copyOf(t.x)
	c.t.y = c.t.x
	c.forward()
	require.Equal(c, y, c.get(c.t.y), "y over x")
	c.t = t
}

func (c *normCase) copyOf(x []float32) []float32 { return c.floats(x...) }

// masked checks that a mask of bits gives what the result gives.
func (c *normCase) masked(y, dx []float32) {
	c.Helper()
	block := c.lay.channels()
	require.Equal(c, c.act.Fn != graph.NoAct && block%8 == 0 && 32%block == 0, c.act.Fn != graph.NoAct && c.k.bits() > 0, c.lay)
	if c.act.Fn == graph.NoAct || c.k.bits() == 0 {
		return
	}
	defer limitISA(2)
	t := c.t
	for level := range 3 { // other loops, which may round otherwise
		limitISA(level)
		c.t = t
		c.t.bits = c.bytes(int64(c.k.bits()))
		c.forward()
		near(c.T, y, c.get(c.t.y), 1e-6, fmt.Sprint("y with mask, level ", level))
		c.t.y, c.t.dx = nil, c.zeros(len(t.dx))
		c.backward()
		near(c.T, dx, c.get(c.t.dx), 1e-6, fmt.Sprint("dx from mask, level ", level))
		c.t.dx = c.copyOf(t.dy)
		c.t.dy = c.t.dx
		c.backward()
		near(c.T, dx, c.get(c.t.dx), 1e-6, fmt.Sprint("dx from mask over dy, level ", level))
	}
}

// Large results of their own pass the caches, those over an operand do not: same bits,
// also where the memory begins between cache lines.
func TestNormStream(t *testing.T) {
	defer limitISA(2)
	for _, tag := range []tag{tagNCHW, tagBlocked8, tagBlocked16} {
		for i, shift := range []int{0, 8, 0, 8, 0, 8} {
			limitISA(i / 2)
			c := newNormCase(newBench(t), [4]int{3, 16, 110, 111}, tag, graph.Act{Fn: graph.Relu}, false, 1)
			n := c.k.elems()
			require.GreaterOrEqual(t, 4*n, streamed)
			if c.k.bits() > 0 {
				c.t.bits = c.bytes(int64(c.k.bits()))
			}
			c.t.y, c.t.dx = c.zeros(n + shift)[shift:], c.zeros(n + shift)[shift:]
			c.forward()
			c.backward()
			y, dx := c.t.y, c.t.dx
			x := c.copyOf(c.t.x)
			c.t.y = c.t.x
			c.forward()
			assert.True(t, slices.Equal(y, c.t.y), "y, %v, case %d", tag, i)
			c.t.x, c.t.dx = x, c.t.dy
			c.backward()
			assert.True(t, slices.Equal(dx, c.t.dx), "dx, %v, case %d", tag, i)
		}
	}
}

// Results are the same bits for one thread and two: the test runs itself with other
// settings, since a process reads OMP_NUM_THREADS once.
func TestNormThreads(t *testing.T) {
	if os.Getenv("GOTL_NORM_SUM") != "" {
		fmt.Println("sum", normDigest(t))
		return
	}
	var sums []string
	for _, threads := range []string{"1", "2", "5"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestNormThreads$")
		cmd.Env = append(os.Environ(), "GOTL_NORM_SUM=1", "OMP_NUM_THREADS="+threads)
		out, err := cmd.Output()
		require.NoError(t, err, string(out))
		require.Contains(t, string(out), "sum ")
		sums = append(sums, string(out[:len("sum ")+16]))
	}
	require.Equal(t, sums[0], sums[1])
	require.Equal(t, sums[0], sums[2])
}

// normDigest mixes the bits of all results of tensors above the threading grain.
func normDigest(t *testing.T) string {
	h := uint64(14695981039346656037)
	for _, s := range [][4]int{{3, 20, 40, 41}, {30, 70, 5, 5}} {
		for _, tag := range []tag{tagNCHW, tagBlocked8, tagBlocked16, tagNHWC} {
			c := newNormCase(newBench(t), s, tag, graph.Act{Fn: graph.Relu}, true, 3)
			c.forward()
			c.backward()
			for _, x := range [][]float32{c.t.y, c.t.mean, c.t.variance, c.t.dx, c.t.d, c.t.dscale, c.t.dbias} {
				for _, v := range x {
					h = (h ^ uint64(math.Float32bits(v))) * 1099511628211
				}
			}
		}
	}
	return fmt.Sprintf("%016x", h)
}

// Bad operands are refused before C sees them.
func TestNormKernelRefuses(t *testing.T) {
	b := newBench(t)
	c := newNormCase(b, [4]int{2, 3, 4, 4}, tagNCHW, graph.Act{Fn: graph.Relu}, true, 0)
	for name, spoil := range map[string]func(x *normTensors){
		"x":     func(x *normTensors) { x.x = x.x[1:] },
		"scale": func(x *normTensors) { x.scale = x.scale[1:] },
		"part":  func(x *normTensors) { x.part = x.part[1:] },
		"coef":  func(x *normTensors) { x.coef = x.coef[1:] },
		"y":     func(x *normTensors) { x.y = nil },
	} {
		o := c.t
		spoil(&o)
		require.ErrorIs(t, b.prog.normBackward("bn", c.k, 0, c.act, o), fault.ErrInternal, name)
		require.ErrorIs(t, b.prog.normForward("bn", c.k, 0, c.act, o), fault.ErrInternal, name)
	}
	require.ErrorIs(t, b.prog.normForward("bn", c.k, 0, graph.Act{Fn: graph.Tanh}, c.t), fault.ErrUnsupported)
	_, err := newNormCut(layout{dims: []int{2, 3}, padded: []int{2, 3}})
	require.ErrorIs(t, err, fault.ErrUnsupported)
}
