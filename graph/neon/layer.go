package neon

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/pickle"
)

// layer is one node of the file's tree.
type layer struct {
	kind   string // "Convolution"
	name   string
	number int // in the order of the file, containers count
	config *pickle.Dict
	params *pickle.Dict
	bias   *layer // the Bias layer behind it, which it takes over
}

func (l *layer) String() string {
	return fmt.Sprintf("neon layer %q (#%d, %s)", l.name, l.number, l.kind)
}

func (l *layer) errorf(reason error, format string, args ...any) error {
	return fmt.Errorf("%v: %w: %s", l, reason, fmt.Sprintf(format, args...))
}

// layer reads a node {type, config, params, states}.
func (b *builder) layer(v any) (*layer, error) {
	d, ok := v.(*pickle.Dict)
	if !ok {
		return nil, malformed("neon layer #%d is no dict", b.count)
	}
	if b.count++; b.count > MaxLayers {
		return nil, fmt.Errorf("%w: more than %d layers", fault.ErrLimit, MaxLayers)
	}
	l := &layer{number: b.count - 2} // the outermost container is none of them
	full, _ := get[string](d, "type")
	l.kind = full[strings.LastIndexByte(full, '.')+1:]
	var ok1, ok2 bool
	if l.config, ok1 = get[*pickle.Dict](d, "config"); !ok1 {
		l.config = &pickle.Dict{}
	}
	if l.params, ok2 = get[*pickle.Dict](d, "params"); !ok2 {
		l.params = &pickle.Dict{}
	}
	if l.name, ok = get[string](l.config, "name"); !ok {
		l.name = fmt.Sprintf("%s_%d", l.kind, l.number)
	}
	if len(l.name) > 1024 || !utf8.ValidString(l.name) {
		return nil, fmt.Errorf("%w: the name of neon layer #%d is over 1024 bytes or not UTF-8", fault.ErrLimit, l.number)
	}
	return l, nil
}

// param reads a parameter; nil if it is not there.
func (l *layer) param(name string) (*graph.Tensor, error) {
	v, ok := l.params.Get(name)
	if !ok {
		return nil, nil
	}
	a, ok := v.(*array)
	if !ok {
		return nil, l.errorf(fault.ErrMalformed, "parameter %q is no array", name)
	}
	t, err := a.tensor()
	if err != nil {
		return nil, fmt.Errorf("%v: %s: %w", l, name, err)
	}
	return t, nil
}

// column reads a parameter of n elements, stored as (n,1).
func (l *layer) column(name string, n int) (*graph.Tensor, error) {
	t, err := l.param(name)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, l.errorf(fault.ErrModel, "parameter %q is missing", name)
	}
	if t.Len() != n || len(t.Shape) == 0 || t.Shape[0] != n {
		return nil, l.errorf(fault.ErrShape, "%s is %s; %d channels need (%d,1)", name, tuple(t.Shape), n, n)
	}
	return graph.FromF32(t.F32, n), nil
}

// tuple prints a shape as Python does.
func tuple(s []int) string {
	return "(" + strings.ReplaceAll(strings.Trim(fmt.Sprint(s), "[]"), " ", ",") + ")"
}

// number reads a configured number.
func (l *layer) float(key string, missing float32) (float32, error) {
	switch x := entry(l.config, key).(type) {
	case nil:
		return missing, nil
	case int64:
		return float32(x), nil
	case float64:
		return float32(x), nil
	}
	return 0, l.errorf(fault.ErrMalformed, "%s is no number", key)
}

// pair reads a setting of height and width: a number for both, a tuple, or a dict
// with keys of the given names, either of which may be missing.
func (l *layer) pair(key, h, w string, missing [2]int) ([2]int, error) {
	v, ok := l.config.Get(key)
	if !ok || v == nil {
		return missing, nil
	}
	switch x := v.(type) {
	case int64:
		if x >= 0 && x <= 1<<20 {
			return [2]int{int(x), int(x)}, nil
		}
	case *pickle.Dict:
		out := missing
		for i, name := range []string{h, w} {
			if e, ok := x.Get(name); ok && e != nil {
				n, ok := e.(int64)
				if !ok || n < 0 || n > 1<<20 {
					return out, l.errorf(fault.ErrMalformed, "%s of %s is no size", name, key)
				}
				out[i] = int(n)
			}
		}
		return out, nil
	default:
		if s, ok := ints(v); ok && len(s) == 2 {
			return [2]int{s[0], s[1]}, nil
		}
	}
	return missing, l.errorf(fault.ErrUnsupported, "%s is neither a size nor two", key)
}

// window reads strides, padding and dilation around a kernel.
func (l *layer) window(kernel, stride [2]int) (graph.Window, error) {
	var w graph.Window
	stride, err := l.pair("strides", "str_h", "str_w", stride)
	if err != nil {
		return w, err
	}
	pad, err := l.pair("padding", "pad_h", "pad_w", [2]int{})
	if err != nil {
		return w, err
	}
	dil, err := l.pair("dilation", "dil_h", "dil_w", [2]int{1, 1})
	if err != nil {
		return w, err
	}
	w = graph.Window{Kernel: kernel[:], Stride: stride[:], Dilation: dil[:], PadBegin: pad[:], PadEnd: []int{pad[0], pad[1]}}
	if err := w.Check(2); err != nil {
		return w, fmt.Errorf("%v: %w", l, err)
	}
	return w, nil
}
