package onnx

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// runGemm is Gemm. A scalar C is one of shape [1].
func runGemm(n *node) error {
	g := graph.Gemm{TransA: n.flag("transA", false), TransB: n.flag("transB", false), Alpha: n.float("alpha", 1), Beta: n.float("beta", 1)}
	if err := n.rowsOnly(g.TransA); err != nil {
		return err
	}
	return n.emit(g, n.in...)
}

// rowsOnly checks that the batch is the rows of the first matrix and nothing else.
func (n *node) rowsOnly(transA bool) error {
	if n.in[0].batched() && transA || n.in[1].batched() {
		return fmt.Errorf("%w: %s mixes the rows of the batch", fault.ErrUnsupported, n.op)
	}
	return nil
}

// runMatMul is the product of two matrices.
func runMatMul(n *node) error {
	if a, b := n.in[0].shape(), n.in[1].shape(); a.Rank() != 2 || b.Rank() != 2 {
		return fmt.Errorf("%w: MatMul of %v and %v, only of matrices", fault.ErrUnsupported, a, b)
	}
	if err := n.rowsOnly(false); err != nil {
		return err
	}
	return n.emit(graph.Gemm{Alpha: 1, Beta: 1}, n.in[0], n.in[1])
}
