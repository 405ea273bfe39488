package onnx

import (
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// runAct is Relu, LeakyRelu, Sigmoid, Tanh, HardSigmoid, HardSwish, Exp and Log.
func runAct(n *node) error {
	a := graph.Act{}
	switch n.op {
	case "Relu":
		a.Fn = graph.Relu
	case "LeakyRelu":
		a.Fn, a.Alpha = graph.LeakyRelu, n.float("alpha", 0.01)
	case "Sigmoid":
		a.Fn = graph.Sigmoid
	case "Tanh":
		a.Fn = graph.Tanh
	case "HardSigmoid":
		a.Fn, a.Alpha, a.Beta = graph.HardSigmoid, n.float("alpha", 0.2), n.float("beta", 0.5)
	case "HardSwish":
		a.Fn = graph.HardSwish
	case "Exp":
		a.Fn = graph.Exp
	case "Log":
		a.Fn = graph.Log
	}
	return n.emit(a, n.in[0])
}

// runClip takes its bounds from attributes before opset 11, from constant inputs
// since; an absent bound does not bind.
func runClip(n *node) error {
	lo, hi := float32(-math.MaxFloat32), float32(math.MaxFloat32)
	if n.opset < 11 {
		lo, hi = n.float("min", lo), n.float("max", hi)
	} else {
		lo, hi = n.number(1, lo), n.number(2, hi)
	}
	lo = min(lo, hi) // min(max(x, lo), hi) is hi where the bounds cross
	return n.emit(graph.Act{Fn: graph.Clip, Alpha: lo, Beta: hi}, n.in[0])
}
