package onnx

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

// foldShape is Shape; it needs its input's extents only.
func foldShape(n *node, alt bool) ([]expr, error) {
	s := n.in[0].shapeAt(alt)
	from, to := clampAxis(n.int("start", 0), len(s)), clampAxis(n.int("end", len(s)), len(s))
	v := []int64{}
	for i := from; i < to; i++ {
		v = append(v, int64(s[i]))
	}
	return []expr{intLeaf(v, len(v))}, nil
}

func clampAxis(a, rank int) int {
	if a < 0 {
		a += rank
	}
	return min(max(a, 0), rank)
}

func foldSize(n *node, alt bool) ([]expr, error) {
	return []expr{intLeaf([]int64{int64(n.in[0].shapeAt(alt).Len())})}, nil
}

// foldConstant is Constant in all its forms.
func foldConstant(n *node, _ bool) ([]expr, error) {
	if len(n.attrs) != 1 {
		return nil, fmt.Errorf("%w: Constant with %d attributes, want one", fault.ErrModel, len(n.attrs))
	}
	for name := range n.attrs {
		switch name {
		case "value":
			a := n.attr(name, pb.AttributeProto_TENSOR)
			if a == nil {
				return nil, n.err
			}
			t, err := n.im.src.tensor(a.GetT())
			return one(leaf{t}, err)
		case "value_int":
			return []expr{intLeaf([]int64{int64(n.int(name, 0))})}, nil
		case "value_ints":
			v := n.attr(name, pb.AttributeProto_INTS).GetInts()
			return []expr{intLeaf(append([]int64{}, v...), len(v))}, nil
		case "value_float":
			return []expr{leaf{graph.FromF32([]float32{n.attr(name, pb.AttributeProto_FLOAT).GetF()})}}, nil
		case "value_floats":
			v := n.attr(name, pb.AttributeProto_FLOATS).GetFloats()
			return []expr{leaf{graph.FromF32(append([]float32{}, v...), len(v))}}, nil
		}
	}
	return nil, fmt.Errorf("%w: Constant of strings or sparse tensors", fault.ErrUnsupported)
}

// foldConstantOfShape keeps shape and value only.
func foldConstantOfShape(n *node, alt bool) ([]expr, error) {
	dims, _ := n.intsAt(0, alt)
	x := graph.NewTensor(graph.Float32, 1)
	if a := n.attr("value", pb.AttributeProto_TENSOR); a != nil {
		var err error
		if x, err = n.im.src.tensor(a.GetT()); err != nil {
			return nil, err
		}
	}
	if n.err != nil {
		return nil, n.err
	}
	if x.Len() != 1 {
		return nil, fmt.Errorf("%w: value of %v, want one element", fault.ErrShape, x.Shape)
	}
	return one(constantFill(x, dims))
}

func constantFill(x *graph.Tensor, shape graph.Shape) (expr, error) {
	_, err := shape.CheckedLen(x.DType)
	flat := *x
	flat.Shape = graph.Shape{1}
	return fill{graph.Type{DType: x.DType, Shape: shape}, leaf{&flat}}, err
}

// foldReshape covers Reshape, Flatten, Squeeze and Unsqueeze of constants.
func foldReshape(n *node, alt bool) ([]expr, error) {
	x := n.arg(0, alt)
	shape, err := n.target(x.typ().Shape, alt)
	if err == nil {
		err = n.err
	}
	if err != nil {
		return nil, err
	}
	return one(reshaped(x, shape))
}

func foldTranspose(n *node, alt bool) ([]expr, error) {
	x := n.arg(0, alt)
	perm := n.perm(x.typ().Shape.Rank())
	types, err := graph.Transpose{Perm: perm}.Infer([]*graph.Value{{Type: x.typ()}})
	if err != nil {
		return nil, err
	}
	src := x.typ().Shape.Strides()
	stride := make([]int, len(perm))
	for i, p := range perm {
		stride[i] = src[p]
	}
	return one(strided(x, types[0].Shape, stride, 0))
}

func (n *node) perm(rank int) []int {
	if p := n.ints("perm", nil); p != nil {
		return p
	}
	p := make([]int, rank)
	for i := range p {
		p[i] = rank - 1 - i
	}
	return p
}

func foldExpand(n *node, alt bool) ([]expr, error) {
	x := n.arg(0, alt)
	want, _ := n.intsAt(1, alt)
	if n.err != nil {
		return nil, n.err
	}
	s, err := graph.Broadcast(x.typ().Shape, want)
	if err != nil {
		return nil, err
	}
	if _, err := s.CheckedLen(x.typ().DType); err != nil {
		return nil, err
	}
	return one(broadcastTo(x, s))
}

func foldTile(n *node, alt bool) ([]expr, error) {
	x := n.arg(0, alt)
	reps, _ := n.intsAt(1, alt)
	src := x.typ().Shape
	if n.err != nil || len(reps) != len(src) {
		return nil, fmt.Errorf("%w: %d repeats of %v", fault.ErrShape, len(reps), src)
	}
	out := make(graph.Shape, len(src))
	for i, r := range reps {
		if r < 0 || src[i] > 0 && r > math.MaxInt32 {
			return nil, fmt.Errorf("%w: %d repeats", fault.ErrLimit, r)
		}
		out[i] = src[i] * r
	}
	if _, err := out.CheckedLen(x.typ().DType); err != nil {
		return nil, err
	}
	own, from := out.Strides(), src.Strides()
	return one(newView(x, out, func(idx []int) {
		for j, k := range idx {
			p := 0
			for i, st := range own {
				p += k / st % src[i] * from[i]
				k %= st
			}
			idx[j] = p
		}
	}))
}

func foldSlice(n *node, alt bool) ([]expr, error) {
	x := n.arg(0, alt)
	s := n.slice(x.typ().Shape.Rank(), alt)
	if n.err != nil {
		return nil, n.err
	}
	r, err := s.Ranges(x.typ().Shape)
	if err != nil {
		return nil, err
	}
	out, stride, offset := make(graph.Shape, len(r)), x.typ().Shape.Strides(), 0
	for i := range r {
		out[i] = r[i].Count
		offset += r[i].Start * stride[i]
		stride[i] *= r[i].Step
	}
	return one(strided(x, out, stride, offset))
}

func foldSplit(n *node, alt bool) ([]expr, error) {
	x := n.arg(0, alt)
	s, err := n.split(x.typ().Shape)
	if err != nil {
		return nil, err
	}
	axis, stride, at := s.Axis, x.typ().Shape.Strides(), 0
	var out []expr
	for _, k := range s.Sizes {
		shape := x.typ().Shape.Clone()
		shape[axis] = k
		e, err := strided(x, shape, stride, at*stride[axis])
		if err != nil {
			return nil, err
		}
		out, at = append(out, e), at+k
	}
	return out, nil
}

func foldConcat(n *node, alt bool) ([]expr, error) {
	in, err := n.args(alt)
	if err != nil {
		return nil, err
	}
	vs := make([]*graph.Value, len(in))
	for i, e := range in {
		vs[i] = &graph.Value{Type: e.typ()}
	}
	op := n.concat(in[0].typ().Shape.Rank())
	types, err := op.Infer(vs)
	if err != nil {
		return nil, err
	}
	t := types[0]
	axis, err := graph.Axis(op.Axis, t.Shape.Rank())
	if err != nil {
		return nil, err
	}
	if _, err := t.Shape.CheckedLen(t.DType); err != nil {
		return nil, err
	}
	j, end := joined{t: t, inner: t.Shape[axis+1:].Len()}, 0
	for _, e := range in {
		if k := e.typ().Shape[axis]; k > 0 {
			end += k
			j.parts, j.ends, j.c = append(j.parts, e), append(j.ends, end), max(j.c, e.cost()+1)
		}
	}
	return []expr{j}, nil
}

func foldGather(n *node, alt bool) ([]expr, error) {
	x, ix := n.arg(0, alt), n.arg(1, alt)
	src := x.typ().Shape
	axis, err := graph.Axis(n.int("axis", 0), len(src))
	if err != nil {
		return nil, err
	}
	if ix.typ().DType.IsFloat() || ix.typ().Shape.Len() > maxGather {
		return nil, fmt.Errorf("%w: Gather with indices %v", fault.ErrUnsupported, ix.typ())
	}
	it, err := n.im.force(ix)
	if err != nil {
		return nil, err
	}
	pos := make([]int, it.Len())
	for i := range pos {
		p := int(it.At(i))
		if p < 0 {
			p += src[axis]
		}
		if p < 0 || p >= src[axis] {
			return nil, fmt.Errorf("%w: index %v of axis %d of %v", fault.ErrShape, it.At(i), axis, src)
		}
		pos[i] = p
	}
	out := append(append(src[:axis].Clone(), it.Shape...), src[axis+1:]...)
	inner := src[axis+1:].Len()
	return one(newView(x, out, func(idx []int) {
		for j, k := range idx {
			row, c := k/inner, k%inner
			idx[j] = (row/len(pos)*src[axis]+pos[row%len(pos)])*inner + c
		}
	}))
}
