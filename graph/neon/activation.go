package neon

import (
	"math"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/pickle"
)

// activation reads its transform {type, config}.
// Source: neon/transforms/activation.py.
func (b *builder) activation(l *layer, x *graph.Value) (*graph.Value, error) {
	d, ok := get[*pickle.Dict](l.config, "transform")
	if !ok {
		return nil, l.errorf(fault.ErrMalformed, "there is no transform")
	}
	full, _ := get[string](d, "type")
	f := &layer{kind: full[strings.LastIndexByte(full, '.')+1:], name: l.name, number: l.number}
	if f.config, ok = get[*pickle.Dict](d, "config"); !ok {
		f.config = &pickle.Dict{}
	}
	switch f.kind {
	case "Rectlin":
		return b.rectlin(f, x)
	case "Rectlinclip":
		return b.rectlinClip(f, x)
	case "Tanh":
		return b.add(f, graph.Act{Fn: graph.Tanh}, x)
	case "Logistic":
		return b.add(f, graph.Act{Fn: graph.Sigmoid}, x)
	case "Softmax":
		return b.add(f, graph.Softmax{Axis: 1}, x)
	case "Identity":
		return x, nil
	}
	return nil, l.errorf(fault.ErrUnsupported, "transform %q; supported: Identity, Logistic, Rectlin, Rectlinclip, Softmax, Tanh", f.kind)
}

// rectlin is max(x,0) + slope·min(x,0).
func (b *builder) rectlin(f *layer, x *graph.Value) (*graph.Value, error) {
	slope, err := f.float("slope", 0)
	if err != nil {
		return nil, err
	}
	if slope == 0 {
		return b.add(f, graph.Act{Fn: graph.Relu}, x)
	}
	return b.add(f, graph.Act{Fn: graph.LeakyRelu, Alpha: slope}, x)
}

// rectlinClip is a rectlin of at most xcut.
func (b *builder) rectlinClip(f *layer, x *graph.Value) (*graph.Value, error) {
	cut, err := f.float("xcut", 20)
	if err != nil {
		return nil, err
	}
	slope, err := f.float("slope", 0)
	if err != nil {
		return nil, err
	}
	if slope == 0 {
		return b.add(f, graph.Act{Fn: graph.Clip, Beta: cut}, x)
	}
	if x, err = b.rectlin(f, x); err != nil {
		return nil, err
	}
	return b.add(f, graph.Act{Fn: graph.Clip, Alpha: -math.MaxFloat32, Beta: cut}, x)
}
