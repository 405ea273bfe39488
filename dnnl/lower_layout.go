package dnnl

import (
	"errors"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// family returns the layout of picture tensors that v has, blocked by 16 channels
// or channels last; tagAny if it has another or is row-major.
func (c *compiler) family(v *graph.Value) (tag, error) {
	d, err := c.layoutOf(v)
	if err != nil || v.Shape.Rank() != 4 {
		return tagAny, err
	}
	lay, err := d.layout()
	if err != nil || lay.rowMajor() {
		return tagAny, err
	}
	switch k := lay.channels(); {
	case k == 16 && len(lay.blocks) == 1:
		return tagBlocked16, nil
	case k > 1 && len(lay.blocks) == 0:
		return tagNHWC, nil
	}
	return tagAny, nil
}

// sameFamily creates a primitive between two picture tensors. The library judges
// each primitive by itself and would change layouts back and forth: what lies in
// memory keeps its layout if a fast implementation takes it and gives the same.
func (c *compiler) sameFamily(v *graph.Value, in, out graph.Shape, create func(in, out desc) (pd, error)) (pd, error) {
	f, err := c.family(v)
	if err != nil {
		return pd{}, err
	}
	if f != tagAny {
		p, err := c.create(f, f, in, out, create)
		if err == nil && fast(p) {
			return p, nil
		}
		if err != nil && !errors.Is(err, fault.ErrUnsupported) {
			return p, err
		}
	}
	return c.create(tagAny, tagAny, in, out, create)
}

func (c *compiler) create(f, g tag, in, out graph.Shape, create func(in, out desc) (pd, error)) (pd, error) {
	x, err := c.tmp.tagged(graph.Type{DType: graph.Float32, Shape: in}, f)
	if err != nil {
		return pd{}, err
	}
	y, err := c.tmp.tagged(graph.Type{DType: graph.Float32, Shape: out}, g)
	if err != nil {
		return pd{}, err
	}
	return create(x, y)
}

// fast reports whether p is not one of the library's fallbacks.
func fast(p pd) bool {
	i := p.impl()
	return !strings.HasPrefix(i, "ref") && !strings.HasPrefix(i, "gemm") && !strings.HasPrefix(i, "simple")
}
