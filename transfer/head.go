package transfer

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

// Names of what the new classifier adds to a network.
const (
	headScope    = "gotl_head/"
	featuresName = headScope + "features" // input of the classifier trained on cached features
	logitsName   = "logits"
	probName     = "prob"
)

// headSpec is a parsed --head.
type headSpec struct {
	hidden int     // 0: linear
	drop   float32 // before the last layer of an mlp
}

// parseHead reads "linear" or "mlp:H[:p]".
func parseHead(s string) (headSpec, error) {
	part := strings.Split(s, ":")
	bad := func(why string) (headSpec, error) {
		return headSpec{}, fault.New(fault.ErrUsage, "head not understood", "--head "+s, why, "use linear or mlp:HIDDEN[:DROPOUT], as in mlp:256:0.5")
	}
	switch {
	case s == "linear":
		return headSpec{}, nil
	case part[0] != "mlp" || len(part) < 2 || len(part) > 3:
		return bad("known heads: linear, mlp")
	}
	h, err := strconv.Atoi(part[1])
	if err != nil || h < 1 || h > 1<<16 {
		return bad("the hidden width is not a number from 1 to 65536")
	}
	spec := headSpec{hidden: h, drop: .5}
	if len(part) == 3 {
		p, err := strconv.ParseFloat(part[2], 32)
		if err != nil || p < 0 || p >= 1 {
			return bad("the dropout probability is not in [0, 1)")
		}
		spec.drop = float32(p)
	}
	return spec, nil
}

func (h headSpec) String() string {
	if h.hidden == 0 {
		return "Linear"
	}
	return fmt.Sprintf("Linear %d, ReLU, Dropout %v, Linear", h.hidden, h.drop)
}

// layer is one linear layer of a classifier.
type layer struct {
	name string
	w    *graph.Tensor // [out in]
	b    *graph.Tensor // [out]
}

// head is a classifier on feature vectors: standardise, then linear layers with
// ReLU and dropout between them.
type head struct {
	spec   headSpec
	std    *standard
	layers []layer
}

// newHead draws the weights: hidden layers N(0, 2/in), the last N(0, .01²), biases 0.
func newHead(spec headSpec, dim, classes int, seed uint64) *head {
	h := &head{spec: spec}
	if spec.hidden == 0 {
		h.layers = []layer{newLayer(headScope+"linear", dim, classes, .01, seed)}
		return h
	}
	h.layers = []layer{
		newLayer(headScope+"0", dim, spec.hidden, math.Sqrt(2/float64(dim)), seed),
		newLayer(headScope+"1", spec.hidden, classes, .01, seed),
	}
	return h
}

func newLayer(name string, in, out int, sd float64, seed uint64) layer {
	w := graph.NewTensor(graph.Float32, out, in)
	fillNormal(w.F32, sd, seed, name+".weight")
	return layer{name, w, graph.NewTensor(graph.Float32, out)}
}

// fillNormal draws every element from N(0, sd²), a stream of its own per name.
func fillNormal(dst []float32, sd float64, seed uint64, name string) {
	s := philox.New(seed, 0, 0, "init:"+name)
	for i := range dst {
		dst[i] = float32(sd * s.Normal(uint32(i)))
	}
}

func (l layer) weightName() string { return l.name + ".weight" }
func (l layer) biasName() string   { return l.name + ".bias" }

// params returns the names of the classifier's parameters.
func (h *head) params() []string {
	var names []string
	for _, l := range h.layers {
		names = append(names, l.weightName(), l.biasName())
	}
	return names
}

// add puts the classifier on x [N D] and returns the logits [N K].
func (h *head) add(g *graph.Graph, x *graph.Value) (*graph.Value, error) {
	x, err := h.std.add(g, x)
	for i, l := range h.layers {
		if err != nil {
			return nil, err
		}
		name, outs := l.name, []string{l.name}
		last := i == len(h.layers)-1
		if last {
			outs[0] = logitsName
		}
		w, b := g.AddConst(l.weightName(), l.w), g.AddConst(l.biasName(), l.b)
		var out []*graph.Value
		if out, err = g.AddNamed(name, outs, graph.Linear, x, w, b); err != nil {
			return nil, err
		}
		if x = out[0]; last {
			break
		}
		if x, err = g.Add1(name+".relu", graph.Act{Fn: graph.Relu}, x); err == nil {
			x, err = g.Add1(name+".dropout", graph.Dropout{P: h.spec.drop}, x)
		}
	}
	return x, err
}

// with returns the same classifier with the weights that w has.
func (h *head) with(w weights) *head {
	out := &head{h.spec, h.std, append([]layer(nil), h.layers...)}
	for i := range out.layers {
		l := &out.layers[i]
		if t := w[l.weightName()]; t != nil {
			l.w = t
		}
		if t := w[l.biasName()]; t != nil {
			l.b = t
		}
	}
	return out
}

// folded returns the same classifier with the standardisation multiplied into its
// first layer: W' = W·scale, b' = b − W'·mean (float64).
func (h *head) folded() *head {
	if h.std == nil {
		return h
	}
	f := &head{spec: h.spec, layers: append([]layer(nil), h.layers...)}
	first := &f.layers[0]
	first.w, first.b = first.w.Clone(), first.b.Clone()
	dim := first.w.Shape[1]
	for k := range first.b.F32 {
		row, sum := first.w.F32[k*dim:(k+1)*dim], float64(first.b.F32[k])
		for d := range row {
			w := float64(row[d]) * float64(h.std.scale.F32[d])
			row[d], sum = float32(w), sum-w*float64(h.std.mean.F32[d])
		}
		first.b.F32[k] = float32(sum)
	}
	return f
}

// standard is a fixed affine map of features: (x − mean)·scale.
type standard struct{ mean, scale *graph.Tensor } // [D]

// moments measures mean and variance of features, row by row in float64 (Welford).
type moments struct {
	n        float64
	mean, m2 []float64
}

func newMoments(dim int) *moments {
	return &moments{mean: make([]float64, dim), m2: make([]float64, dim)}
}

func (m *moments) add(row []float32) {
	m.n++
	for d, x := range row {
		e := float64(x) - m.mean[d]
		m.mean[d] += e / m.n
		m.m2[d] += e * (float64(x) - m.mean[d])
	}
}

// standard returns mean and 1/sd, where sd is at least 5 % of the largest one, so
// that features that hardly vary are not blown up.
func (m *moments) standard() *standard {
	sd, floor := make([]float64, len(m.mean)), 0.0
	for d := range sd {
		sd[d] = math.Sqrt(m.m2[d] / max(m.n, 1))
		floor = max(floor, .05*sd[d])
	}
	s := &standard{graph.NewTensor(graph.Float32, len(sd)), graph.NewTensor(graph.Float32, len(sd))}
	for d := range sd {
		s.mean.F32[d], s.scale.F32[d] = float32(m.mean[d]), 1
		if v := max(sd[d], floor); v > 0 {
			s.scale.F32[d] = float32(1 / v)
		}
	}
	return s
}

func (s *standard) add(g *graph.Graph, x *graph.Value) (*graph.Value, error) {
	if s == nil {
		return x, nil
	}
	mean, scale := g.AddConst(headScope+"mean", s.mean), g.AddConst(headScope+"scale", s.scale)
	c, err := g.Add1(headScope+"center", graph.Binary{Fn: graph.Sub}, x, mean)
	if err != nil {
		return nil, err
	}
	return g.Add1(headScope+"standardise", graph.Binary{Fn: graph.Mul}, c, scale)
}
