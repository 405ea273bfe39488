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

// layer is the geometry of a convolution, by default without bias.
type layer struct {
	out, k, stride int
	wide           int  // width of the kernel where it differs from its height k
	groups         int  // 0: one
	depthwise      bool // as many groups as channels; out is ignored
	same           bool // TensorFlow's SAME padding instead of (k-1)/2 on all sides
	valid          bool // no padding
	pads           int  // padding on all sides where it is neither of these
	bias           bool
}

func (b *builder) conv(name string, x *graph.Value, l layer) *graph.Value {
	if b.err != nil {
		return nil
	}
	in := x.Shape[1]
	if l.depthwise {
		l.out, l.groups = in, in
	}
	l.groups = max(1, l.groups)
	win := l.window(x.Shape)
	w := b.weight(Weight{Name: name + ".weight", Shape: graph.Shape{l.out, in / l.groups, win.Kernel[0], win.Kernel[1]}, SD: convSD(win.Kernel[0]*win.Kernel[1], l.out, l.groups)})
	args := []*graph.Value{x, w}
	if l.bias {
		args = append(args, b.weight(Weight{Name: name + ".bias", Shape: graph.Shape{l.out}}))
	}
	return b.add(name, graph.Conv{Window: win, Groups: l.groups}, args...)
}

// window pads so that stride 1 keeps the size. SAME puts the odd pixel at the end:
// Source: tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2.
func (l layer) window(x graph.Shape) graph.Window {
	w := graph.Window2D(l.k, l.stride, (l.k-1)/2)
	if l.wide > 0 {
		w.Kernel[1], w.PadBegin[1], w.PadEnd[1] = l.wide, (l.wide-1)/2, (l.wide-1)/2
	}
	for i := range 2 {
		switch {
		case l.same:
			size := x[2+i]
			pad := max(0, ((size+l.stride-1)/l.stride-1)*l.stride+w.Kernel[i]-size)
			w.PadBegin[i], w.PadEnd[i] = pad/2, pad-pad/2
		case l.valid || l.pads > 0:
			w.PadBegin[i], w.PadEnd[i] = l.pads, l.pads
		}
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
	return b.logits(name, b.dropout("dropout", x, drop))
}

func (b *builder) dropout(name string, x *graph.Value, p float32) *graph.Value {
	if p == 0 {
		return x
	}
	return b.add(name, graph.Dropout{P: p}, x)
}

// logits is the last linear layer.
func (b *builder) logits(name string, x *graph.Value) *graph.Value {
	return b.linear(name, LogitsName, x, b.classes)
}

// linear is a fully connected layer; result names its value.
func (b *builder) linear(name, result string, x *graph.Value, out int) *graph.Value {
	if b.err != nil {
		return nil
	}
	w := b.weight(Weight{Name: name + ".weight", Shape: graph.Shape{out, x.Shape[1]}, SD: linearSD})
	c := b.weight(Weight{Name: name + ".bias", Shape: graph.Shape{out}})
	return b.named(name, result, graph.Linear, x, w, c)
}

// result is a node whose value is the network's output.
func (b *builder) result(name string, op graph.Op, in ...*graph.Value) *graph.Value {
	return b.named(name, LogitsName, op, in...)
}

func (b *builder) named(name, value string, op graph.Op, in ...*graph.Value) *graph.Value {
	if b.err != nil {
		return nil
	}
	y, err := b.g.AddNamed(name, []string{value}, op, in...)
	if err != nil {
		b.err = err
		return nil
	}
	return y[0]
}

// activation appends an activation function.
type activation func(b *builder, name string, x *graph.Value) *graph.Value

func act(a graph.Act) activation {
	return func(b *builder, name string, x *graph.Value) *graph.Value { return b.add(name, a, x) }
}

var (
	doRelu      = act(relu)
	doRelu6     = act(relu6)
	doHardSwish = act(graph.Act{Fn: graph.HardSwish})
	doSigmoid   = act(graph.Act{Fn: graph.Sigmoid})
	// doHardSigmoid is PyTorch's: relu6(x+3)/6.
	doHardSigmoid = act(graph.Act{Fn: graph.HardSigmoid, Alpha: 1. / 6, Beta: .5})
)

// doSiLU is x·sigmoid(x).
func doSiLU(b *builder, name string, x *graph.Value) *graph.Value {
	return b.add(name, graph.Binary{Fn: graph.Mul}, x, doSigmoid(b, name+".sigmoid", x))
}

// unit is torchvision's Conv2dNormActivation: children 0, 1, 2 of scope are
// convolution, norm and activation (nil: none).
func (b *builder) unit(scope string, x *graph.Value, l layer, r normRule, f activation) *graph.Value {
	x = b.norm(scope+".1", b.conv(scope+".0", x, l), r)
	if f == nil {
		return x
	}
	return f(b, scope+".2", x)
}

// squeezeExcite scales channels by what two convolutions make of their averages.
//
//	y = x·gate(up(f(down(avg(x)))))
//
// Source: arXiv:1709.01507.
func (b *builder) squeezeExcite(scope, down, up string, x *graph.Value, squeeze int, f, gate activation) *graph.Value {
	if b.err != nil {
		return nil
	}
	y := b.add(scope+".avgpool", graph.GlobalAveragePool{}, x)
	y = f(b, scope+".act", b.conv(scope+"."+down, y, layer{out: squeeze, k: 1, stride: 1, bias: true}))
	y = gate(b, scope+".gate", b.conv(scope+"."+up, y, layer{out: x.Shape[1], k: 1, stride: 1, bias: true}))
	return b.add(scope, graph.Binary{Fn: graph.Mul}, x, y)
}

// concat joins channels.
func (b *builder) concat(name string, xs ...*graph.Value) *graph.Value {
	return b.add(name, graph.Concat{Axis: 1}, xs...)
}

func (b *builder) maxPool(name string, x *graph.Value, k, stride, pad int, ceil bool) *graph.Value {
	return b.add(name, graph.Pool{Fn: graph.MaxPool, Window: graph.Window2D(k, stride, pad), Ceil: ceil}, x)
}

// averagePool counts padding, as PyTorch does by default.
func (b *builder) averagePool(name string, x *graph.Value, k, stride, pad int) *graph.Value {
	return b.add(name, graph.Pool{Fn: graph.AveragePool, Window: graph.Window2D(k, stride, pad), CountPad: true}, x)
}

// adaptivePool averages to size by size where that divides the picture.
func (b *builder) adaptivePool(name string, x *graph.Value, size int) *graph.Value {
	if b.err != nil {
		return nil
	}
	h, w := x.Shape[2], x.Shape[3]
	if h == size && w == size {
		return x
	}
	if h%size != 0 || w%size != 0 {
		b.err = fmt.Errorf("%w: %s averages to %dx%d, its input is %dx%d: choose an input size for which that divides", fault.ErrShape, name, size, size, h, w)
		return nil
	}
	win := graph.Window2D(h/size, h/size, 0)
	win.Kernel[1], win.Stride[1] = w/size, w/size
	return b.add(name, graph.Pool{Fn: graph.AveragePool, Window: win}, x)
}
