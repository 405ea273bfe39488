package onnx

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// pointwise applies f to blocks of its arguments, which have its shape. Integer
// results are wrapped to the element type.
type pointwise struct {
	t    graph.Type
	args []expr
	f    func(out block, in []block) error
	c    int
}

func (p pointwise) typ() graph.Type { return p.t }
func (p pointwise) cost() int       { return p.c }

func (p pointwise) eval(s *scratch, idx []int, out block) error {
	in := make([]block, len(p.args))
	for i, a := range p.args {
		in[i] = s.get(a.typ().DType, len(idx))
		if err := a.eval(s, idx, in[i]); err != nil {
			return err
		}
	}
	if err := p.f(out, in); err != nil {
		return err
	}
	for _, b := range in {
		s.put(b)
	}
	if d := p.t.DType; out.i64 != nil && d != graph.Int64 {
		for i, v := range out.i64 {
			out.i64[i] = wrapInt(d, v)
		}
	}
	return nil
}

// newPointwise broadcasts args to one shape and applies f.
func newPointwise(d graph.DType, args []expr, f func(out block, in []block) error) (expr, error) {
	shape := args[0].typ().Shape
	var err error
	for _, a := range args[1:] {
		if shape, err = graph.Broadcast(shape, a.typ().Shape); err != nil {
			return nil, err
		}
	}
	if _, err := shape.CheckedLen(d); err != nil {
		return nil, err
	}
	p := pointwise{t: graph.Type{DType: d, Shape: shape}, f: f, c: 1}
	for _, a := range args {
		if a, err = broadcastTo(a, shape); err != nil {
			return nil, err
		}
		p.args = append(p.args, a)
		p.c += a.cost()
	}
	return p, nil
}

// arith is a binary function for each kind of number.
type arith struct {
	f32 func(a, b float32) float32
	f64 func(a, b float64) float64
	i64 func(a, b int64) (int64, error)
}

func (k arith) apply(out block, in []block) error {
	switch {
	case out.f32 != nil:
		for i := range out.f32 {
			out.f32[i] = k.f32(in[0].f32[i], in[1].f32[i])
		}
	case out.f64 != nil:
		for i := range out.f64 {
			out.f64[i] = k.f64(in[0].f64[i], in[1].f64[i])
		}
	default:
		for i := range out.i64 {
			v, err := k.i64(in[0].i64[i], in[1].i64[i])
			if err != nil {
				return err
			}
			out.i64[i] = v
		}
	}
	return nil
}

func exact(f func(a, b int64) int64) func(a, b int64) (int64, error) {
	return func(a, b int64) (int64, error) { return f(a, b), nil }
}

func divide(f func(a, b int64) int64) func(a, b int64) (int64, error) {
	return func(a, b int64) (int64, error) {
		if b == 0 {
			return 0, fmt.Errorf("%w: integer division by zero", fault.ErrModel)
		}
		return f(a, b), nil
	}
}

// ariths are the foldable binary operators whose result has the inputs' type.
var ariths = map[string]arith{
	"Add": {func(a, b float32) float32 { return a + b }, func(a, b float64) float64 { return a + b }, exact(func(a, b int64) int64 { return a + b })},
	"Sub": {func(a, b float32) float32 { return a - b }, func(a, b float64) float64 { return a - b }, exact(func(a, b int64) int64 { return a - b })},
	"Mul": {func(a, b float32) float32 { return a * b }, func(a, b float64) float64 { return a * b }, exact(func(a, b int64) int64 { return a * b })},
	"Div": {func(a, b float32) float32 { return a / b }, func(a, b float64) float64 { return a / b }, divide(func(a, b int64) int64 { return a / b })},
	"Min": {func(a, b float32) float32 { return min(a, b) }, func(a, b float64) float64 { return min(a, b) }, exact(func(a, b int64) int64 { return min(a, b) })},
	"Max": {func(a, b float32) float32 { return max(a, b) }, func(a, b float64) float64 { return max(a, b) }, exact(func(a, b int64) int64 { return max(a, b) })},
	"Pow": {pow32, math.Pow, func(a, b int64) (int64, error) { return int64(math.Pow(float64(a), float64(b))), nil }},
	"And": {i64: exact(func(a, b int64) int64 { return a & b })},
	"Or":  {i64: exact(func(a, b int64) int64 { return a | b })},
	"Xor": {i64: exact(func(a, b int64) int64 { return a ^ b })},
}

func pow32(a, b float32) float32 { return float32(math.Pow(float64(a), float64(b))) }

// mods are the two forms of Mod: the sign of the divisor, the sign of the dividend.
var mods = map[int64]arith{
	0: {i64: divide(func(a, b int64) int64 {
		r := a % b
		if r != 0 && (r < 0) != (b < 0) {
			r += b
		}
		return r
	})},
	1: {
		func(a, b float32) float32 { return float32(math.Mod(float64(a), float64(b))) },
		math.Mod,
		divide(func(a, b int64) int64 { return a % b }),
	},
}

// compares are the foldable comparisons; the result is Bool.
var compares = map[string]func(c int, unordered bool) bool{
	"Equal":          func(c int, u bool) bool { return c == 0 && !u },
	"Less":           func(c int, u bool) bool { return c < 0 && !u },
	"LessOrEqual":    func(c int, u bool) bool { return c <= 0 && !u },
	"Greater":        func(c int, u bool) bool { return c > 0 && !u },
	"GreaterOrEqual": func(c int, u bool) bool { return c >= 0 && !u },
}

func compareBlocks(rel func(int, bool) bool) func(out block, in []block) error {
	return func(out block, in []block) error {
		for i := range out.i64 {
			c, unordered := in[0].cmp(in[1], i)
			out.i64[i] = 0
			if rel(c, unordered) {
				out.i64[i] = 1
			}
		}
		return nil
	}
}

func (b block) cmp(o block, i int) (int, bool) {
	switch {
	case b.f32 != nil:
		return order(b.f32[i], o.f32[i])
	case b.f64 != nil:
		return order(b.f64[i], o.f64[i])
	default:
		return order(b.i64[i], o.i64[i])
	}
}

func order[T float32 | float64 | int64](a, b T) (int, bool) {
	switch {
	case a < b:
		return -1, false
	case a > b:
		return 1, false
	}
	return 0, a != b
}

// unaries are the foldable functions of one variable, computed in float64.
// Integers go through only where the result is exact.
var unaries = map[string]struct {
	f   func(float64) float64
	i64 func(int64) int64
}{
	"Neg":        {func(x float64) float64 { return -x }, func(x int64) int64 { return -x }},
	"Abs":        {math.Abs, func(x int64) int64 { return max(x, -x) }},
	"Floor":      {math.Floor, nil},
	"Ceil":       {math.Ceil, nil},
	"Round":      {math.RoundToEven, nil},
	"Sqrt":       {math.Sqrt, nil},
	"Exp":        {math.Exp, nil},
	"Log":        {math.Log, nil},
	"Erf":        {math.Erf, nil},
	"Sin":        {math.Sin, nil},
	"Cos":        {math.Cos, nil},
	"Reciprocal": {func(x float64) float64 { return 1 / x }, nil},
	"Sign":       {sign, func(x int64) int64 { return int64(sign(float64(x))) }},
	"Relu":       {func(x float64) float64 { return max(x, 0) }, func(x int64) int64 { return max(x, 0) }},
	"Sigmoid":    {func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, nil},
	"Tanh":       {math.Tanh, nil},
	"Not":        {nil, func(x int64) int64 { return x ^ 1 }},
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x
}
