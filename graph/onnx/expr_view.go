package onnx

import (
	"fmt"
	"sort"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// view takes elements of src from other places: at maps positions of the view to
// positions of src, in place.
type view struct {
	t   graph.Type
	src expr
	at  func(idx []int)
}

func (v view) typ() graph.Type { return v.t }
func (v view) cost() int       { return v.src.cost() + 1 }

func (v view) eval(s *scratch, idx []int, out block) error {
	m := take(&s.idx, len(idx))
	copy(m, idx)
	v.at(m)
	err := v.src.eval(s, m, out)
	s.idx = append(s.idx, m)
	return err
}

// newView returns src seen through shape. A single element becomes a fill.
func newView(src expr, shape graph.Shape, at func(idx []int)) (expr, error) {
	t := graph.Type{DType: src.typ().DType, Shape: shape}
	if _, err := shape.CheckedLen(t.DType); err != nil {
		return nil, err
	}
	if src.typ().Shape.Len() == 1 {
		return newFill(src, shape)
	}
	if f, ok := src.(fill); ok {
		return fill{t, f.x}, nil
	}
	return view{t, src, at}, nil
}

// newFill returns the single element of src repeated.
func newFill(src expr, shape graph.Shape) (expr, error) {
	t, err := compute(src)
	if err != nil {
		return nil, err
	}
	one := *t
	one.Shape = graph.Shape{1}
	return fill{graph.Type{DType: t.DType, Shape: shape}, leaf{&one}}, nil
}

// reshaped returns src under another shape of as many elements.
func reshaped(src expr, shape graph.Shape) (expr, error) {
	if n, err := shape.CheckedLen(src.typ().DType); err != nil || n != src.typ().Shape.Len() {
		return nil, fmt.Errorf("%w: %v to %v", fault.ErrShape, src.typ().Shape, shape)
	}
	if l, ok := src.(leaf); ok {
		t := *l.t
		t.Shape = shape
		return leaf{&t}, nil
	}
	return newView(src, shape, func([]int) {})
}

// strided returns the view whose element at coordinates c is src's at
// offset + Σ c[i]·stride[i].
func strided(src expr, shape graph.Shape, stride []int, offset int) (expr, error) {
	own := shape.Strides()
	return newView(src, shape, func(idx []int) {
		for j, k := range idx {
			p := offset
			for i, st := range own {
				p += k / st * stride[i]
				k %= st
			}
			idx[j] = p
		}
	})
}

// broadcastTo returns src expanded to shape, to which it must broadcast.
func broadcastTo(src expr, shape graph.Shape) (expr, error) {
	x := src.typ().Shape
	if x.Equal(shape) {
		return src, nil
	}
	if s, err := graph.Broadcast(x, shape); err != nil || !s.Equal(shape) {
		return nil, fmt.Errorf("%w: %v does not broadcast to %v", fault.ErrShape, x, shape)
	}
	stride := make([]int, len(shape))
	for i, st := range x.Strides() {
		if x[i] != 1 {
			stride[len(shape)-len(x)+i] = st
		}
	}
	return strided(src, shape, stride, 0)
}

// joined is a concatenation along one axis.
type joined struct {
	t     graph.Type
	parts []expr
	ends  []int // along the axis
	inner int   // elements below the axis
	c     int   // cost
}

func (j joined) typ() graph.Type { return j.t }
func (j joined) cost() int       { return max(1, j.c) }

// eval evaluates runs of positions that fall into the same part.
func (j joined) eval(s *scratch, idx []int, out block) error {
	m := take(&s.idx, len(idx))
	defer func() { s.idx = append(s.idx, m) }()
	total := j.ends[len(j.ends)-1]
	for a := 0; a < len(idx); {
		part, b := j.part(idx[a]/j.inner%total), a
		begin := 0
		if part > 0 {
			begin = j.ends[part-1]
		}
		width := j.ends[part] - begin
		for b < len(idx) {
			row, k := idx[b]/(j.inner*total), idx[b]/j.inner%total
			if k < begin || k >= j.ends[part] {
				break
			}
			m[b] = (row*width+k-begin)*j.inner + idx[b]%j.inner
			b++
		}
		if err := j.parts[part].eval(s, m[a:b], out.slice(a, b)); err != nil {
			return err
		}
		a = b
	}
	return nil
}

func (j joined) part(k int) int { return sort.SearchInts(j.ends, k+1) }

func (b block) slice(i, j int) block {
	switch {
	case b.f32 != nil:
		return block{f32: b.f32[i:j]}
	case b.f64 != nil:
		return block{f64: b.f64[i:j]}
	default:
		return block{i64: b.i64[i:j]}
	}
}
