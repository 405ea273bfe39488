package ref_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/conformance"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/stretchr/testify/require"
)

// The bar of the design is 1e-3 at most and 1e-4 in the median. Attributes are
// float32 (1/count of a mean, alpha), so differences below 1e-7 mean nothing.
const maxError, medianError = 1e-5, 1e-7

// sampled is the number of elements of a tensor whose derivative is checked.
const sampled = 10

// Every gradient rule against central differences in float64.
func TestGradients(t *testing.T) {
	b := ref.New()
	var all []float64
	shapes := 0
	for _, c := range conformance.Cases() {
		if len(c.Wrt) == 0 {
			continue
		}
		shapes++
		e := gradientErrors(t, b, c)
		if worst := slices.Max(e); worst > maxError {
			t.Errorf("%s: relative error %.2g", c.ID(), worst)
		}
		all = append(all, e...)
	}
	slices.Sort(all)
	require.GreaterOrEqual(t, shapes, 200)
	require.LessOrEqual(t, all[len(all)/2], medianError, "median")
	t.Logf("%d cases, %d derivatives: median %.2g, largest %.2g", shapes, len(all), all[len(all)/2], all[len(all)-1])
}

// gradientErrors returns the relative errors of the derivatives sampled in c.
func gradientErrors(t *testing.T, b graph.Backend, c conformance.Case) []float64 {
	t.Helper()
	back, feed, err := c.Backward(c.Wrt...)
	require.NoError(t, err, c.ID())
	grads, err := conformance.Execute(b, back, graph.CompileOptions{Precision: graph.Float64}, feed)
	require.NoError(t, err, c.ID())
	f := newLoss(t, b, c, feed)
	defer f.close()
	var errs []float64
	for k, i := range c.Wrt {
		d := grads[back.Outputs[k].Name]
		require.True(t, d.Shape.Equal(c.In[i].Shape), c.ID())
		scale := 0.0
		for j := range d.Len() {
			scale = max(scale, math.Abs(d.At(j)))
		}
		for _, j := range some(c.ID(), d.Len()) {
			n := f.derivative(i, j)
			errs = append(errs, math.Abs(d.At(j)-n)/max(math.Abs(n), math.Abs(d.At(j)), 1e-2*scale, 1e-6))
		}
	}
	return errs
}

// some returns up to sampled indices below n, all if they are few.
func some(name string, n int) []int {
	var at []int
	s := philox.New(2, 0, 0, name)
	for k := range min(n, sampled) {
		if n <= sampled {
			at = append(at, k)
		} else {
			at = append(at, int(s.Block(uint32(k))[0])%n)
		}
	}
	return at
}

// loss is Σ y·dy of a case as a function of its inputs.
type loss struct {
	t    *testing.T
	e    graph.Executable
	out  []*graph.Value
	in   []*graph.Tensor // Float64
	feed conformance.Feed
}

func newLoss(t *testing.T, b graph.Backend, c conformance.Case, feed conformance.Feed) *loss {
	p, in, err := c.Forward()
	require.NoError(t, err)
	e, err := b.Compile(p, graph.CompileOptions{Precision: graph.Float64})
	require.NoError(t, err)
	f := &loss{t: t, e: e, out: p.Outputs, in: make([]*graph.Tensor, len(c.In)), feed: feed}
	for name, x := range in {
		require.NoError(t, e.Bind(name, x))
	}
	for i, x := range c.In {
		if x == nil || !x.DType.IsFloat() {
			continue
		}
		f.in[i] = graph.NewTensor(graph.Float64, x.Shape...)
		for k := range f.in[i].F64 {
			f.in[i].F64[k] = x.At(k)
		}
	}
	return f
}

func (f *loss) close() { require.NoError(f.t, f.e.Close()) }

// derivative is the central difference in element j of input i.
func (f *loss) derivative(i, j int) float64 {
	x := f.in[i].F64[j]
	h := 1e-5 * max(1, math.Abs(x))
	d := (f.at(i, j, x+h) - f.at(i, j, x-h)) / (2 * h)
	f.at(i, j, x)
	return d
}

func (f *loss) at(i, j int, x float64) float64 {
	f.in[i].F64[j] = x
	require.NoError(f.t, f.e.Bind("x"+string(rune('0'+i)), f.in[i]))
	require.NoError(f.t, f.e.Step(context.Background()))
	sum := 0.0
	for k, v := range f.out {
		dy := f.feed["dy"+string(rune('0'+k))]
		if dy == nil {
			continue
		}
		y := &graph.Tensor{DType: graph.Float64}
		require.NoError(f.t, f.e.Read(v.Name, y))
		for n := range y.F64 {
			sum += y.F64[n] * dy.At(n)
		}
	}
	return sum
}
