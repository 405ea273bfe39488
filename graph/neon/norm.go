package neon

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// batchNorm has eps 1e-3 and keeps 0.9 of its statistics unless the file says else.
func (b *builder) batchNorm(l *layer, x *graph.Value) (*graph.Value, error) {
	eps, err := l.float("eps", 1e-3)
	if err != nil {
		return nil, err
	}
	rho, err := l.float("rho", .9)
	if err != nil {
		return nil, err
	}
	args := []*graph.Value{x}
	for _, name := range []string{"gamma", "beta", "gmean", "gvar"} {
		t, err := l.column(name, x.Shape[1])
		if err != nil {
			return nil, err
		}
		args = append(args, b.constant(l, name, t))
	}
	return b.add(l, graph.BatchNorm{Eps: eps, Keep: rho}, args...)
}

// lrn is x·(1 + ascale/depth·Σx²)^−bpower.
func (b *builder) lrn(l *layer, x *graph.Value) (*graph.Value, error) {
	depth, ok := get[int64](l.config, "depth")
	if !ok || depth < 1 || depth > 1<<20 || depth%2 == 0 {
		return nil, l.errorf(fault.ErrUnsupported, "depth must be an odd number")
	}
	ascale, err := l.float("ascale", 1)
	if err != nil {
		return nil, err
	}
	bpower, err := l.float("bpower", 1)
	if err != nil {
		return nil, err
	}
	return b.add(l, graph.LRN{Size: int(depth), Alpha: ascale, Beta: bpower, Bias: 1}, x)
}

// dropout drops in training; at inference neon multiplies by keep instead of dividing
// in training, which is what dropping, dividing and multiplying again amounts to. In
// compat_mode caffe it divides.
func (b *builder) dropout(l *layer, x *graph.Value) (*graph.Value, error) {
	keep, err := l.float("keep", .5)
	if err != nil {
		return nil, err
	}
	if !(keep > 0 && keep <= 1) {
		return nil, l.errorf(fault.ErrModel, "keep is %v, want more than 0 and at most 1", keep)
	}
	y, err := b.add(l, graph.Dropout{P: 1 - keep}, x)
	if err != nil || b.caffe {
		return y, err
	}
	return b.add(l, graph.Binary{Fn: graph.Mul}, y, b.constant(l, "keep", graph.Scalar(keep)))
}
