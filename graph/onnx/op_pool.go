package onnx

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// runPool is MaxPool and AveragePool.
func runPool(n *node) error {
	x := n.in[0]
	if x.shape().Rank() < 3 {
		return fmt.Errorf("%w: input %v, want [N C spatial...]", fault.ErrShape, x.shape())
	}
	if n.op == "MaxPool" && n.used(1) {
		return fmt.Errorf("%w: output Indices is used only for unpooling", fault.ErrUnsupported)
	}
	p := graph.Pool{Ceil: n.flag("ceil_mode", false), CountPad: n.flag("count_include_pad", false)}
	if n.op == "AveragePool" {
		p.Fn = graph.AveragePool
	}
	if !n.has("kernel_shape") {
		return fmt.Errorf("%w: no kernel_shape", fault.ErrModel)
	}
	var err error
	if p.Window, err = n.window(x.shape()[2:], nil, p.Ceil); err != nil {
		return err
	}
	return n.emit(p, x)
}

// runGlobalPool is GlobalAveragePool and GlobalMaxPool.
func runGlobalPool(n *node) error {
	if n.op == "GlobalAveragePool" {
		return n.emit(graph.GlobalAveragePool{}, n.in[0])
	}
	s := n.in[0].shape()
	if s.Rank() < 3 {
		return fmt.Errorf("%w: input %v, want [N C spatial...]", fault.ErrShape, s)
	}
	k := len(s) - 2
	w := graph.Window{Kernel: append([]int{}, s[2:]...), Stride: repeat(1, k), Dilation: repeat(1, k), PadBegin: repeat(0, k), PadEnd: repeat(0, k)}
	return n.emit(graph.Pool{Fn: graph.MaxPool, Window: w}, n.in[0])
}
