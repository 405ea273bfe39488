package neon

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/pickle"
)

// convolution reads W (C·R·S, K): W[(c·R+r)·S+s][k] is weight [k c r s], not flipped.
func (b *builder) convolution(l *layer, x *graph.Value) (*graph.Value, error) {
	if x.Shape.Rank() != 4 {
		return nil, l.errorf(fault.ErrShape, "input %s, want (C,H,W)", tuple(x.Shape[1:]))
	}
	rsk, ok := l.filter()
	if !ok {
		return nil, l.errorf(fault.ErrUnsupported, "fshape is not (R,S,K)")
	}
	win, err := l.window([2]int{rsk[0], rsk[1]}, [2]int{1, 1})
	if err != nil {
		return nil, err
	}
	w, err := l.param("W")
	if err != nil {
		return nil, err
	}
	if w == nil {
		return nil, l.errorf(fault.ErrModel, `parameter "W" is missing`)
	}
	c, k := x.Shape[1], rsk[2]
	if rows := c * rsk[0] * rsk[1]; len(w.Shape) != 2 || w.Shape[0] != rows || w.Shape[1] != k {
		return nil, l.errorf(fault.ErrShape, "W is %s; input %s with fshape %s needs (%d,%d)",
			tuple(w.Shape), tuple(x.Shape[1:]), tuple(rsk[:]), rows, k)
	}
	args := []*graph.Value{x, b.constant(l, "W", transposed(w, k, c, rsk[0], rsk[1]))}
	bias, err := l.outputBias(k)
	if err != nil {
		return nil, err
	}
	if bias != nil {
		args = append(args, b.constant(l, "weight_bias", bias))
	}
	return b.add(l, graph.Conv{Window: win, Groups: 1}, args...)
}

// filter reads fshape: (R, S, K) or a dict of them.
func (l *layer) filter() (rsk [3]int, ok bool) {
	v := entry(l.config, "fshape")
	if d, isDict := v.(*pickle.Dict); isDict {
		for i, key := range []string{"R", "S", "K"} {
			n, isInt := get[int64](d, key)
			if !isInt || n < 1 || n > 1<<20 {
				return rsk, false
			}
			rsk[i] = int(n)
		}
		t, has := get[int64](d, "T")
		return rsk, !has || t == 1
	}
	s, ok := ints(v)
	if !ok || len(s) != 3 {
		return rsk, false
	}
	copy(rsk[:], s)
	return rsk, true
}

// transposed makes [K C R S] of (C·R·S, K).
func transposed(w *graph.Tensor, k, c, r, s int) *graph.Tensor {
	out := graph.NewTensor(graph.Float32, k, c, r, s)
	rows := c * r * s
	for i := range rows {
		for j := range k {
			out.F32[j*rows+i] = w.F32[i*k+j]
		}
	}
	return out
}

// outputBias is the layer's own weight_bias, or W of the Bias layer behind it.
func (l *layer) outputBias(n int) (*graph.Tensor, error) {
	if l.bias != nil {
		return l.bias.column("W", n)
	}
	if _, ok := l.params.Get("weight_bias"); !ok {
		return nil, nil
	}
	return l.column("weight_bias", n)
}

// linear reads W (nout, nin); its input is flattened in the order C, H, W.
func (b *builder) linear(l *layer, x *graph.Value) (*graph.Value, error) {
	var err error
	if x.Shape.Rank() > 2 {
		if x, err = b.add(&layer{name: l.name + ".flatten", kind: l.kind, number: l.number}, graph.Flatten{Axis: 1}, x); err != nil {
			return nil, err
		}
	}
	w, err := l.param("W")
	if err != nil {
		return nil, err
	}
	if w == nil {
		return nil, l.errorf(fault.ErrModel, `parameter "W" is missing`)
	}
	if len(w.Shape) != 2 || w.Shape[1] != x.Shape[1] {
		return nil, l.errorf(fault.ErrShape, "W is %s; an input of %d features needs (nout,%d)", tuple(w.Shape), x.Shape[1], x.Shape[1])
	}
	if n, ok := get[int64](l.config, "nout"); ok && int(n) != w.Shape[0] {
		return nil, l.errorf(fault.ErrShape, "W is %s for nout %d", tuple(w.Shape), n)
	}
	args := []*graph.Value{x, b.constant(l, "W", w)}
	bias, err := l.outputBias(w.Shape[0])
	if err != nil {
		return nil, err
	}
	if bias != nil {
		args = append(args, b.constant(l, "bias", bias))
	}
	return b.add(l, graph.Linear, args...)
}

// biasLayer is a Bias without a layer that could take it: a sum per channel.
func (b *builder) biasLayer(l *layer, x *graph.Value) (*graph.Value, error) {
	t, err := l.column("W", x.Shape[1])
	if err != nil {
		return nil, err
	}
	if x.Shape.Rank() == 4 {
		t = graph.FromF32(t.F32, t.Len(), 1, 1)
	}
	return b.add(l, graph.Binary{Fn: graph.Add}, x, b.constant(l, "W", t))
}
