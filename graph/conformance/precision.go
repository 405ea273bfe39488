package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// HalfTol is for single operators in precision BFloat16 beside the reference, which
// rounds at the same places: a sum that ends on the other side of a boundary is a
// 2^-8 of itself away, and some results are rounded twice.
var HalfTol = Tol{Abs: 1e-6, Elem: 1. / 64, Max: 1. / 128}

// halfTrained bounds |got − want| / |want| of whole tensors after some steps. Single
// elements say little: Adam makes a step of the sign of a gradient that is all rounding.
const halfTrained = 0.05

// Precision runs the suite in another precision, the reference too. Cases are also
// run with all pictures between convolutions by 1, so that an operator's own inputs and
// results are what the back end keeps in 16 bits.
func Precision(d graph.DType) Option {
	return func(s *suite) { s.precision = d }
}

// loosen prepares cases and programs for the suite's precision.
func (s *suite) loosen(cases []Case, programs []Program) ([]Case, []Program) {
	if s.precision != graph.BFloat16 {
		return cases, programs
	}
	for i := range cases {
		cases[i].Tol, cases[i].half = cases[i].tol().atLeast(HalfTol), cases[i].pictures()
	}
	for i := range programs {
		if programs[i].Tol != (Tol{}) {
			programs[i].rms = halfTrained
		}
	}
	return cases, programs
}

// atLeast returns the wider bound of each kind.
func (t Tol) atLeast(o Tol) Tol {
	return Tol{Abs: max(t.Abs, o.Abs), Elem: max(t.Elem, o.Elem), Max: max(t.Max, o.Max)}
}

// pictures reports whether c's first input can stand behind a convolution.
func (c Case) pictures() bool { return len(c.In) > 0 && c.In[0] != nil && picture(c.In[0].Type()) }

func picture(t graph.Type) bool {
	return t.DType == graph.Float32 && t.Shape.Rank() >= 3 && t.Shape.Rank() <= 5 && t.Shape.Len() > 0
}

// pass puts every picture of vs through a convolution by 1, channel by channel, if f
// is asHalf.
func (f form) pass(g *graph.Graph, vs []*graph.Value) error {
	if f != asHalf {
		return nil
	}
	for i, v := range vs {
		if v == nil || !picture(v.Type) {
			continue
		}
		y, err := through(g, v)
		if err != nil {
			return err
		}
		vs[i] = y
	}
	return nil
}

func through(g *graph.Graph, v *graph.Value) (*graph.Value, error) {
	c := v.Shape[1]
	shape, ones := graph.Shape{c, 1}, make([]int, v.Shape.Rank()-2)
	for i := range ones {
		ones[i] = 1
		shape = append(shape, 1)
	}
	w := graph.NewTensor(graph.Float32, shape...)
	for i := range w.F32 {
		w.F32[i] = 1
	}
	zeros := make([]int, len(ones))
	win := graph.Window{Kernel: ones, Stride: ones, Dilation: ones, PadBegin: zeros, PadEnd: zeros}
	return g.Add1(v.Name+"/half", graph.Conv{Window: win, Groups: c}, v, g.AddConst(fmt.Sprintf("%s/one", v.Name), w))
}

// at compiles in the suite's precision unless a test asks for one.
type at struct {
	graph.Backend
	precision graph.DType
}

func (b at) Compile(p *graph.Program, o graph.CompileOptions) (graph.Executable, error) {
	if o.Precision == graph.Invalid {
		o.Precision = b.precision
	}
	return b.Backend.Compile(p, o)
}

// Live implements the counter of Run.
func (b at) Live() int64 { return live(b.Backend) }

// halfGradient bounds |got − want| / |want| of whole gradients in 16 bits. A value on the
// edge of a clip, or two equal maxima of a window, send single elements either way.
func (c Case) halfGradient() float64 {
	edges := false
	switch o := c.Op.(type) {
	case graph.Act:
		edges = o.Fn == graph.Clip || o.Fn == graph.HardSigmoid
	case graph.FusedBatchNormTrain:
		edges = o.Act.Fn == graph.Clip
	case graph.Pool:
		edges = o.Fn == graph.MaxPool
	}
	if edges {
		return 0.25
	}
	return 0.03
}
