package onnx

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// runBatchNorm imports the inference form. Nodes exported in training form (five
// outputs to opset 13, three since, is_test=0 before 7) become inference form and
// that is reported; with Options.Exact the training form is kept.
func runBatchNorm(n *node) error {
	eps, keep := n.float("epsilon", 1e-5), n.float("momentum", 0.9)
	if n.opset < 9 && !n.flag("spatial", true) {
		return fmt.Errorf("%w: BatchNormalization with spatial=0", fault.ErrUnsupported)
	}
	if eps < 0 || keep < 0 || keep > 1 {
		return fmt.Errorf("%w: epsilon %v, momentum %v", fault.ErrModel, eps, keep)
	}
	training := n.flag("training_mode", false) && n.opset >= 14 ||
		n.opset < 7 && !n.flag("is_test", false) || n.used(1)
	if training && n.im.o.Exact && n.opset >= 14 {
		return n.trainNorm(eps, keep)
	}
	if training {
		for i := 1; i < len(n.p.GetOutput()); i++ {
			n.p.Output[i] = "" // statistics have no reader at inference
		}
		n.im.m.Report.note("BatchNormalization in training form taken in inference form", n.name)
	}
	return n.emit(graph.BatchNorm{Eps: eps, Keep: keep}, n.in...)
}

// trainNorm normalises with the statistics of the batch and returns the running
// ones moved towards them.
func (n *node) trainNorm(eps, keep float32) error {
	out, err := n.add(n.name, n.p.GetOutput()[:1], graph.BatchNormTrain{Eps: eps}, n.in[:3])
	if err != nil {
		return err
	}
	if err := n.set(0, *out[0]); err != nil {
		return err
	}
	for i := 1; i <= 2; i++ {
		if !n.used(i) {
			continue
		}
		name := fmt.Sprintf("%s/running%d", n.name, i)
		r, err := n.add(name, n.p.GetOutput()[i:i+1], graph.Blend{Keep: keep, Scale: 1}, []*operand{n.in[2+i], out[i]})
		if err != nil {
			return err
		}
		if err := n.set(i, *r[0]); err != nil {
			return err
		}
	}
	return nil
}

// runLRN is local response normalisation.
func runLRN(n *node) error {
	if !n.has("size") {
		return fmt.Errorf("%w: no size", fault.ErrModel)
	}
	size := n.int("size", 0)
	if size > maxWindow {
		return fmt.Errorf("%w: size %d", fault.ErrLimit, size)
	}
	return n.emit(graph.LRN{Size: size, Alpha: n.float("alpha", 1e-4), Beta: n.float("beta", 0.75), Bias: n.float("bias", 1)}, n.in[0])
}

// runSoftmax normalises along one axis (default -1). Before opset 13 everything
// from axis on (default 1) is one row.
func runSoftmax(n *node) error {
	x := n.in[0]
	rank := x.shape().Rank()
	if n.opset >= 13 {
		axis := n.int("axis", -1)
		if err := n.keepsRows(x, axis); err != nil {
			return err
		}
		return n.emit(graph.Softmax{Axis: axis}, x)
	}
	axis, err := graph.Axis(n.int("axis", 1), max(rank, 1))
	if err != nil {
		return err
	}
	if err := n.keepsRows(x, axis); err != nil {
		return err
	}
	if rank > 0 && x.shape()[axis+1:].Len() == 1 {
		return n.emit(graph.Softmax{Axis: axis}, x)
	}
	flat, err := n.step("flat", graph.Flatten{Axis: axis}, x)
	if err != nil {
		return err
	}
	soft, err := n.step("soft", graph.Softmax{Axis: 1}, flat)
	if err != nil {
		return err
	}
	back, err := n.reshapeTo(x.shape(), x.alt, soft)
	if err != nil {
		return err
	}
	return n.emit(back, soft)
}
