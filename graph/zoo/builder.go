package zoo

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// builder appends layers to a graph. After an error all its methods do nothing
// and return nil; Build reports the first one.
type builder struct {
	g       *graph.Graph
	classes int
	source  Source
	err     error
}

// add appends a node and returns its first result.
func (b *builder) add(name string, op graph.Op, in ...*graph.Value) *graph.Value {
	if b.err != nil {
		return nil
	}
	v, err := b.g.Add1(name, op, in...)
	b.err = err
	return v
}

// weight adds a constant from the source.
func (b *builder) weight(w Weight) *graph.Value {
	if b.err != nil {
		return nil
	}
	d, err := b.source(w)
	if err == nil && !d.Type().Shape.Equal(w.Shape) {
		err = fmt.Errorf("%w: weight %q is %v, want %v", fault.ErrShape, w.Name, d.Type(), w.Shape)
	}
	if err != nil {
		b.err = err
		return nil
	}
	return b.g.AddConst(w.Name, d)
}

// layer is the geometry of a convolution without bias.
type layer struct {
	out, k, stride int
	depthwise      bool // as many groups as channels; out is ignored
	same           bool // TensorFlow's SAME padding instead of (k-1)/2 on all sides
}

func (b *builder) conv(name string, x *graph.Value, l layer) *graph.Value {
	if b.err != nil {
		return nil
	}
	in, groups := x.Shape[1], 1
	if l.depthwise {
		l.out, groups = in, in
	}
	w := b.weight(Weight{Name: name + ".weight", Shape: graph.Shape{l.out, in / groups, l.k, l.k}, SD: convSD(l.k, l.out, groups)})
	return b.add(name, graph.Conv{Window: l.window(x.Shape), Groups: groups}, x, w)
}

// window pads so that stride 1 keeps the size. SAME puts the odd pixel at the end:
// Source: tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2.
func (l layer) window(x graph.Shape) graph.Window {
	w := graph.Window2D(l.k, l.stride, (l.k-1)/2)
	if !l.same {
		return w
	}
	for i := range 2 {
		size := x[2+i]
		pad := max(0, ((size+l.stride-1)/l.stride-1)*l.stride+l.k-size)
		w.PadBegin[i], w.PadEnd[i] = pad/2, pad-pad/2
	}
	return w
}

// normRule is what a family's BatchNorm layers share.
type normRule struct{ eps, keep float32 }

// torchNorm is torch.nn.BatchNorm2d's default: momentum .1 is keeping .9.
var torchNorm = normRule{1e-5, .9}

func (b *builder) norm(name string, x *graph.Value, r normRule) *graph.Value {
	if b.err != nil {
		return nil
	}
	in := []*graph.Value{x}
	for _, p := range []struct {
		suffix string
		value  float32
	}{{"weight", 1}, {"bias", 0}, {"running_mean", 0}, {"running_var", 1}} {
		in = append(in, b.weight(Weight{Name: name + "." + p.suffix, Shape: graph.Shape{x.Shape[1]}, Constant: p.value}))
	}
	return b.add(name, graph.BatchNorm{Eps: r.eps, Keep: r.keep}, in...)
}

var (
	relu  = graph.Act{Fn: graph.Relu}
	relu6 = graph.Act{Fn: graph.Clip, Alpha: 0, Beta: 6}
)

// plus is the addition of a residual connection.
func (b *builder) plus(name string, x, y *graph.Value) *graph.Value {
	return b.add(name, graph.Binary{Fn: graph.Add}, x, y)
}

// classifier averages over space, drops, and ends in a linear layer.
func (b *builder) classifier(name string, x *graph.Value, drop float32) *graph.Value {
	x = b.add("avgpool", graph.GlobalAveragePool{}, x)
	x = b.add("flatten", graph.Flatten{Axis: 1}, x)
	if drop > 0 {
		x = b.add("dropout", graph.Dropout{P: drop}, x)
	}
	if b.err != nil {
		return nil
	}
	w := b.weight(Weight{Name: name + ".weight", Shape: graph.Shape{b.classes, x.Shape[1]}, SD: linearSD})
	c := b.weight(Weight{Name: name + ".bias", Shape: graph.Shape{b.classes}})
	if b.err != nil {
		return nil
	}
	y, err := b.g.AddNamed(name, []string{LogitsName}, graph.Linear, x, w, c)
	if err != nil {
		b.err = err
		return nil
	}
	return y[0]
}
