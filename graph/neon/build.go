package neon

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/pickle"
)

// InputName is the name of the graph's input.
const InputName = "input"

// builder appends layers to a graph.
type builder struct {
	g     *graph.Graph
	caffe bool
	count int
}

// rules are the layer types that are understood. They are filled in by init, since
// containers use the table themselves.
var rules map[string]func(*builder, *layer, *graph.Value) (*graph.Value, error)

func init() {
	rules = map[string]func(*builder, *layer, *graph.Value) (*graph.Value, error){
		"Sequential": (*builder).sequential, "MergeSum": (*builder).mergeSum, "MergeBroadcast": (*builder).mergeBroadcast,
		"SkipNode":    func(_ *builder, _ *layer, x *graph.Value) (*graph.Value, error) { return x, nil },
		"Convolution": (*builder).convolution, "Convolution_bias": (*builder).convolution,
		"Linear": (*builder).linear, "Bias": (*builder).biasLayer, "BatchNorm": (*builder).batchNorm,
		"Pooling": (*builder).pooling, "Activation": (*builder).activation, "Dropout": (*builder).dropout, "LRN": (*builder).lrn,
	}
}

func (m *Model) build(net *pickle.Dict, input graph.Shape, batch int) error {
	s := append(graph.Shape{batch}, input...)
	if n, err := s.CheckedLen(graph.Float32); err != nil || n == 0 {
		return malformed("an input %v", input)
	}
	b := &builder{g: graph.New(), caffe: m.Caffe}
	x := b.g.AddInput(InputName, graph.Type{DType: graph.Float32, Shape: s}, true)
	y, err := b.build(net, x)
	if err != nil {
		return err
	}
	if y == x {
		return malformed("a network without layers")
	}
	b.g.Outputs = []*graph.Value{y}
	m.Graph, m.Layers = b.g, b.count
	return nil
}

// build appends one layer or container.
func (b *builder) build(v any, x *graph.Value) (*graph.Value, error) {
	l, err := b.layer(v)
	if err != nil {
		return nil, err
	}
	return b.apply(l, x)
}

func (b *builder) apply(l *layer, x *graph.Value) (*graph.Value, error) {
	rule := rules[l.kind]
	if rule == nil {
		return nil, fmt.Errorf("%w: neon layer type %q (%q, #%d); supported: %s",
			fault.ErrUnsupported, l.kind, l.name, l.number, strings.Join(slices.Sorted(maps.Keys(rules)), ", "))
	}
	return rule(b, l, x)
}

// add appends a node named after the layer.
func (b *builder) add(l *layer, op graph.Op, in ...*graph.Value) (*graph.Value, error) {
	y, err := b.g.Add1(l.name, op, in...)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", l, err)
	}
	return y, nil
}

func (b *builder) constant(l *layer, name string, t *graph.Tensor) *graph.Value {
	return b.g.AddConst(l.name+"."+name, t)
}

func (l *layer) children() ([]any, error) {
	list, ok := get[*pickle.List](l.config, "layers")
	if !ok {
		return nil, l.errorf(fault.ErrMalformed, "there are no layers in it")
	}
	return list.Items, nil
}

// sequential chains layers; a bias joins the layer before it.
func (b *builder) sequential(l *layer, x *graph.Value) (*graph.Value, error) {
	items, err := l.children()
	if err != nil {
		return nil, err
	}
	var waiting *layer
	for _, v := range items {
		next, err := b.layer(v)
		if err != nil {
			return nil, err
		}
		if waiting != nil && next.kind == "Bias" {
			waiting.bias, next = next, nil
		}
		if waiting != nil {
			if x, err = b.apply(waiting, x); err != nil {
				return nil, err
			}
			waiting = nil
		}
		switch {
		case next == nil:
		case next.kind == "Convolution" || next.kind == "Linear":
			waiting = next
		default:
			if x, err = b.apply(next, x); err != nil {
				return nil, err
			}
		}
	}
	if waiting != nil {
		return b.apply(waiting, x)
	}
	return x, nil
}

// branches builds every child on x.
func (b *builder) branches(l *layer, x *graph.Value) ([]*graph.Value, error) {
	items, err := l.children()
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, l.errorf(fault.ErrMalformed, "there are no layers in it")
	}
	var ys []*graph.Value
	for _, v := range items {
		y, err := b.build(v, x)
		if err != nil {
			return nil, err
		}
		ys = append(ys, y)
	}
	return ys, nil
}

// mergeSum adds its branches.
func (b *builder) mergeSum(l *layer, x *graph.Value) (*graph.Value, error) {
	ys, err := b.branches(l, x)
	if err != nil {
		return nil, err
	}
	sum := ys[0]
	for _, y := range ys[1:] {
		if !y.Shape.Equal(sum.Shape) {
			return nil, l.errorf(fault.ErrShape, "branches of %v and %v are summed", sum.Shape[1:], y.Shape[1:])
		}
		if sum, err = b.add(l, graph.Binary{Fn: graph.Add}, sum, y); err != nil {
			return nil, err
		}
	}
	return sum, nil
}

// mergeBroadcast joins the channels of its branches.
func (b *builder) mergeBroadcast(l *layer, x *graph.Value) (*graph.Value, error) {
	if merge, _ := get[string](l.config, "merge"); merge != "depth" {
		return nil, l.errorf(fault.ErrUnsupported, "merge %q; supported: depth", merge)
	}
	ys, err := b.branches(l, x)
	if err != nil {
		return nil, err
	}
	return b.add(l, graph.Concat{Axis: 1}, ys...)
}
