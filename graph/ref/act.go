package ref

import (
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

func act(o graph.Act, in, out []*array) {
	f, x := actFn(o), in[0].float()
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = f(v)
	}
	out[0].setFloat(y)
}

// actFn returns the function itself. NaN stays NaN.
func actFn(o graph.Act) func(float64) float64 {
	a, b := float64(o.Alpha), float64(o.Beta)
	switch o.Fn {
	case graph.Relu:
		return func(x float64) float64 { return clip(x, 0, math.Inf(1)) }
	case graph.Clip:
		return func(x float64) float64 { return clip(x, a, b) }
	case graph.LeakyRelu:
		return func(x float64) float64 {
			if x < 0 {
				return a * x
			}
			return x
		}
	case graph.Sigmoid:
		return func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	case graph.Tanh:
		return math.Tanh
	case graph.HardSigmoid:
		return func(x float64) float64 { return clip(a*x+b, 0, 1) }
	case graph.HardSwish:
		return func(x float64) float64 { return x * clip(x/6+0.5, 0, 1) }
	case graph.Exp:
		return math.Exp
	case graph.Log:
		return math.Log
	default: // NoAct
		return func(x float64) float64 { return x }
	}
}

// clip is min(max(x, lo), hi).
func clip(x, lo, hi float64) float64 {
	if x < lo {
		x = lo
	}
	if x > hi {
		x = hi
	}
	return x
}

func actGrad(o graph.ActGrad, in, out []*array) {
	d := actSlope(o.Act)
	for i, v := range in[0].f {
		out[0].f[i] = d(v) * in[1].f[i]
	}
}

// actSlope returns the derivative as a function of the result (Relu, Clip,
// Sigmoid, Tanh, Exp) or of the argument. Where it jumps: Clip has 0 at both edges,
// LeakyRelu its slope at 0, HardSigmoid 0 at both edges, HardSwish 0 at -3 and 1 at
// 3, as PyTorch's hardtanh, leaky_relu, hardsigmoid and hardswish have it.
func actSlope(o graph.Act) func(float64) float64 {
	a, b := float64(o.Alpha), float64(o.Beta)
	switch o.Fn {
	case graph.Relu:
		return func(y float64) float64 { return choose(y > 0, 1, 0) }
	case graph.Clip:
		return func(y float64) float64 { return choose(y > a && y < b, 1, 0) }
	case graph.LeakyRelu:
		return func(x float64) float64 { return choose(x > 0, 1, a) }
	case graph.Sigmoid:
		return func(y float64) float64 { return y * (1 - y) }
	case graph.Tanh:
		return func(y float64) float64 { return 1 - y*y }
	case graph.HardSigmoid:
		return func(x float64) float64 { return choose(a*x+b > 0 && a*x+b < 1, a, 0) }
	case graph.HardSwish:
		return func(x float64) float64 {
			if x <= -3 || x >= 3 {
				return choose(x >= 3, 1, 0)
			}
			return x/3 + 0.5
		}
	case graph.Exp:
		return func(y float64) float64 { return y }
	case graph.Log:
		return func(x float64) float64 { return 1 / x }
	default: // NoAct
		return func(float64) float64 { return 1 }
	}
}

func choose(yes bool, a, b float64) float64 {
	if yes {
		return a
	}
	return b
}
