package neon

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// pooling reads fshape (a number, (R,S), a dict, or 'all'); strides are the window
// unless given. Averages do not count padding. Sizes are rounded down, up in
// compat_mode caffe.
func (b *builder) pooling(l *layer, x *graph.Value) (*graph.Value, error) {
	if x.Shape.Rank() != 4 {
		return nil, l.errorf(fault.ErrShape, "input %s, want (C,H,W)", tuple(x.Shape[1:]))
	}
	p := graph.Pool{Fn: graph.MaxPool, Ceil: b.caffe}
	switch op, ok := get[string](l.config, "op"); {
	case !ok, op == "max":
	case op == "avg":
		p.Fn = graph.AveragePool
	default:
		return nil, l.errorf(fault.ErrUnsupported, "op %q; supported: max, avg", op)
	}
	kernel := [2]int{x.Shape[2], x.Shape[3]}
	if s, all := get[string](l.config, "fshape"); !all || s != "all" {
		var err error
		if kernel, err = l.pair("fshape", "R", "S", [2]int{}); err != nil {
			return nil, err
		}
	} else if p.Fn == graph.AveragePool {
		return b.add(l, graph.GlobalAveragePool{}, x)
	}
	win, err := l.window(kernel, kernel)
	if err != nil {
		return nil, err
	}
	if p.Window = win; p.Ceil && (win.Stride[0] > win.Extent(0) || win.Stride[1] > win.Extent(1)) {
		return nil, l.errorf(fault.ErrUnsupported, "strides %s beyond the window %s in compat_mode caffe", tuple(win.Stride), tuple(kernel[:]))
	}
	return b.add(l, p, x)
}
