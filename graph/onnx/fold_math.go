package onnx

import (
	"fmt"
	"math"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// foldArith folds Add, Sub, Mul, Div, And, Or, Xor and, with any number of inputs,
// Min and Max.
func foldArith(n *node, alt bool) ([]expr, error) {
	in, err := n.args(alt)
	if err != nil {
		return nil, err
	}
	return one(reduceArith(ariths[n.op], n.op, in))
}

// foldPow computes with doubles where base and exponent differ in type.
func foldPow(n *node, alt bool) ([]expr, error) {
	in := []expr{n.arg(0, alt), n.arg(1, alt)}
	d := in[0].typ().DType
	if d == in[1].typ().DType {
		return one(reduceArith(ariths["Pow"], n.op, in))
	}
	for i := range in {
		var err error
		if in[i], err = castTo(in[i], graph.Float64); err != nil {
			return nil, err
		}
	}
	y, err := reduceArith(ariths["Pow"], n.op, in)
	if err != nil {
		return nil, err
	}
	return one(castTo(y, d))
}

func reduceArith(k arith, op string, in []expr) (expr, error) {
	acc := in[0]
	d := acc.typ().DType
	if k.f32 == nil && d.IsFloat() {
		return nil, fmt.Errorf("%w: %s of %v", fault.ErrModel, op, d)
	}
	var err error
	for _, x := range in[1:] {
		if acc, err = newPointwise(d, []expr{acc, x}, k.apply); err != nil {
			return nil, err
		}
	}
	return acc, nil
}

func foldSum(n *node, alt bool) ([]expr, error) {
	in, err := n.args(alt)
	if err != nil {
		return nil, err
	}
	return one(reduceArith(ariths["Add"], n.op, in))
}

func foldMod(n *node, alt bool) ([]expr, error) {
	in, err := n.args(alt)
	if err != nil {
		return nil, err
	}
	fmod := int64(0)
	if n.flag("fmod", false) || in[0].typ().DType.IsFloat() {
		fmod = 1
	}
	return one(reduceArith(mods[fmod], n.op, in))
}

func foldCompare(n *node, alt bool) ([]expr, error) {
	in, err := n.args(alt)
	if err != nil {
		return nil, err
	}
	return one(newPointwise(graph.Bool, in, compareBlocks(compares[n.op])))
}

// foldWhere picks from its second or third input.
func foldWhere(n *node, alt bool) ([]expr, error) {
	in := []expr{n.arg(0, alt), n.arg(1, alt), n.arg(2, alt)}
	if in[0].typ().DType != graph.Bool || in[1].typ().DType != in[2].typ().DType {
		return nil, fmt.Errorf("%w: Where of %v, %v, %v", fault.ErrModel, in[0].typ(), in[1].typ(), in[2].typ())
	}
	return one(newPointwise(in[1].typ().DType, in, func(out block, in []block) error {
		for i, c := range in[0].i64 {
			src := in[1]
			if c == 0 {
				src = in[2]
			}
			switch {
			case out.f32 != nil:
				out.f32[i] = src.f32[i]
			case out.f64 != nil:
				out.f64[i] = src.f64[i]
			default:
				out.i64[i] = src.i64[i]
			}
		}
		return nil
	}))
}

func foldUnary(n *node, alt bool) ([]expr, error) {
	x, u := n.arg(0, alt), unaries[n.op]
	d := x.typ().DType
	if d.IsFloat() && u.f == nil || !d.IsFloat() && u.i64 == nil {
		return nil, fmt.Errorf("%w: %s of %v", fault.ErrUnsupported, n.op, d)
	}
	return one(newPointwise(d, []expr{x}, func(out block, in []block) error {
		for i := range out.f32 {
			out.f32[i] = float32(u.f(float64(in[0].f32[i])))
		}
		for i := range out.f64 {
			out.f64[i] = u.f(in[0].f64[i])
		}
		for i := range out.i64 {
			out.i64[i] = u.i64(in[0].i64[i])
		}
		return nil
	}))
}

// foldClip is Clip with bounds from attributes before opset 11, from inputs since.
func foldClip(n *node, alt bool) ([]expr, error) {
	x := n.arg(0, alt)
	bound := func(i int, name string, op string) (err error) {
		b := n.arg(i, alt)
		if n.opset < 11 && n.has(name) {
			b = leaf{graph.FromF32([]float32{n.float(name, 0)})}
		}
		if b == nil {
			return nil
		}
		if b.typ().DType != x.typ().DType || b.typ().Shape.Len() != 1 {
			return fmt.Errorf("%w: Clip of %v by %v", fault.ErrModel, x.typ(), b.typ())
		}
		if b, err = newFill(b, x.typ().Shape); err != nil {
			return err
		}
		x, err = reduceArith(ariths[op], n.op, []expr{x, b})
		return err
	}
	if err := bound(1, "min", "Max"); err != nil {
		return nil, err
	}
	err := bound(2, "max", "Min")
	return one(x, err)
}

func foldCast(n *node, alt bool) ([]expr, error) {
	d, err := dtypeOf(int32(n.int("to", 0)))
	if err != nil {
		return nil, err
	}
	return one(castTo(n.arg(0, alt), d))
}

// castTo converts elements; fractions are cut off.
func castTo(x expr, d graph.DType) (expr, error) {
	if x.typ().DType == d {
		return x, nil
	}
	return newPointwise(d, []expr{x}, func(out block, in []block) error {
		switch b := in[0]; {
		case b.f32 != nil:
			castFrom(out, b.f32, d)
		case b.f64 != nil:
			castFrom(out, b.f64, d)
		default:
			castFrom(out, b.i64, d)
		}
		return nil
	})
}

func castFrom[S float32 | float64 | int64](out block, src []S, d graph.DType) {
	switch {
	case out.f32 != nil:
		convert(out.f32, src)
	case out.f64 != nil:
		convert(out.f64, src)
	case d == graph.Bool:
		for i, v := range src {
			out.i64[i] = 0
			if v != 0 {
				out.i64[i] = 1
			}
		}
	default:
		convert(out.i64, src)
	}
}

// foldRange is Range: start, limit, delta.
func foldRange(n *node, alt bool) ([]expr, error) {
	in, err := n.args(alt)
	if err != nil {
		return nil, err
	}
	var t [3]*graph.Tensor
	for i, e := range in {
		if e.typ().Shape.Len() != 1 {
			return nil, fmt.Errorf("%w: input %d of Range is %v, want a scalar", fault.ErrShape, i, e.typ())
		}
		if t[i], err = n.im.force(e); err != nil {
			return nil, err
		}
	}
	d := t[0].DType
	if !slices.Contains([]graph.DType{graph.Float32, graph.Float64, graph.Int64, graph.Int32}, d) {
		return nil, fmt.Errorf("%w: Range of %v", fault.ErrUnsupported, d)
	}
	k := math.Ceil((t[1].At(0) - t[0].At(0)) / t[2].At(0))
	if math.IsNaN(k) || k > 1<<46 || math.IsInf(t[2].At(0), 0) {
		return nil, fmt.Errorf("%w: Range from %v to %v by %v", fault.ErrLimit, t[0].At(0), t[1].At(0), t[2].At(0))
	}
	shape := graph.Shape{int(max(k, 0))}
	_, err = shape.CheckedLen(d)
	return one(ramp{graph.Type{DType: d, Shape: shape}, t[0], t[2]}, err)
}

// reducers are the foldable reductions: start value and step. Mean divides.
var reducers = map[string]struct {
	start float64
	step  func(acc, x float64) float64
}{
	"ReduceSum":  {0, func(a, x float64) float64 { return a + x }},
	"ReduceMean": {0, func(a, x float64) float64 { return a + x }},
	"ReduceProd": {1, func(a, x float64) float64 { return a * x }},
	"ReduceMax":  {math.Inf(-1), math.Max},
	"ReduceMin":  {math.Inf(1), math.Min},
}

// foldReduce streams its input, so that a large computed one is never held.
func foldReduce(n *node, alt bool) ([]expr, error) {
	x := n.arg(0, alt)
	axes, none := n.reduceAxes()
	if n.err != nil {
		return nil, n.err
	}
	if none {
		return []expr{x}, nil
	}
	op := graph.Reduce{Axes: axes, Keep: n.flag("keepdims", true)}
	over, err := op.Over(x.typ().Shape.Rank())
	if err != nil {
		return nil, err
	}
	types, err := op.Infer([]*graph.Value{{Type: x.typ()}})
	if err != nil {
		return nil, err
	}
	if err := n.im.spend(x, x.typ().Shape.Len()); err != nil {
		return nil, err
	}
	if types[0].Shape.Len() > maxGather {
		return nil, fmt.Errorf("%w: %s of a constant to %v", fault.ErrUnsupported, n.op, types[0].Shape)
	}
	acc, err := accumulate(n.op, x, over, types[0].Shape.Len())
	if err != nil {
		return nil, err
	}
	out := graph.NewTensor(x.typ().DType, types[0].Shape...)
	for i, v := range acc {
		if n.op == "ReduceMean" {
			v /= float64(x.typ().Shape.Len() / max(1, len(acc)))
		}
		out.Set(i, v)
	}
	return []expr{leaf{out}}, nil
}

func accumulate(op string, x expr, over []int, n int) ([]float64, error) {
	shape := x.typ().Shape
	r := reducers[op]
	acc := make([]float64, n)
	for i := range acc {
		acc[i] = r.start
	}
	stride, k := make([]int, len(shape)), 1
	for i := len(shape) - 1; i >= 0; i-- {
		if !slices.Contains(over, i) {
			stride[i] = k
			k *= shape[i]
		}
	}
	own := shape.Strides()
	return acc, each(x, 0, shape.Len(), func(at int, b block) {
		for j := range max(len(b.f32), len(b.f64), len(b.i64)) {
			p, flat := 0, at+j
			for i, st := range own {
				p += flat / st * stride[i]
				flat %= st
			}
			acc[p] = r.step(acc[p], b.at(j))
		}
	})
}

func (b block) at(i int) float64 {
	switch {
	case b.f32 != nil:
		return float64(b.f32[i])
	case b.f64 != nil:
		return b.f64[i]
	}
	return float64(b.i64[i])
}
