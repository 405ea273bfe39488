package onnx

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// runConv takes the kernel from the weight. A zero padding in front of it is
// merged into its own.
func runConv(n *node) error {
	x, w := n.in[0], n.in[1]
	if x.shape().Rank() < 3 || w.shape().Rank() != x.shape().Rank() {
		return fmt.Errorf("%w: input %v, weight %v", fault.ErrShape, x.shape(), w.shape())
	}
	win, err := n.window(x.shape()[2:], w.shape()[2:], false)
	if err != nil {
		return err
	}
	if x.v != nil && n.attrs["auto_pad"] == nil {
		x = n.absorbPad(x, &win)
	}
	return n.emit(graph.Conv{Window: win, Groups: n.int("group", 1)}, x, w, n.input(2))
}

// absorbPad returns the input of a constant zero Pad that x comes from, adding
// its amounts to w; x itself otherwise.
func (n *node) absorbPad(x *operand, w *graph.Window) *operand {
	if x.v.From == nil {
		return x
	}
	p, ok := x.v.From.Op.(graph.Pad)
	if !ok || p.Mode != graph.PadConstant || p.Value != 0 || !spatialOnly(p) {
		return x
	}
	src := x.v.From.In[0]
	for i := range w.PadBegin {
		w.PadBegin[i] += p.Begin[i+2]
		w.PadEnd[i] += p.End[i+2]
	}
	n.im.m.Report.note("Pad merged into Conv", n.name)
	alt := src.Shape.Clone()
	alt[0] = x.alt[0]
	return &operand{name: src.Name, v: src, alt: alt}
}

// spatialOnly reports whether p adds, and only behind dimension 1.
func spatialOnly(p graph.Pad) bool {
	for i := range p.Begin {
		if p.Begin[i] < 0 || p.End[i] < 0 || i < 2 && p.Begin[i]+p.End[i] != 0 {
			return false
		}
	}
	return true
}

// window reads the geometry attributes for the spatial extents in. kernel is that
// of the weight, nil for pooling. auto_pad becomes explicit padding.
func (n *node) window(in, kernel []int, ceil bool) (graph.Window, error) {
	k := len(in)
	w := graph.Window{
		Kernel:   n.ints("kernel_shape", kernel),
		Stride:   n.ints("strides", repeat(1, k)),
		Dilation: n.ints("dilations", repeat(1, k)),
	}
	pads := n.ints("pads", repeat(0, 2*k))
	if len(pads) != 2*k {
		n.fail("%w: %d pads for %d spatial dimensions", fault.ErrShape, len(pads), k)
	}
	if n.err != nil {
		return w, n.err
	}
	w.PadBegin, w.PadEnd = append([]int{}, pads[:k]...), append([]int{}, pads[k:]...)
	switch auto := n.text("auto_pad", "NOTSET"); auto {
	case "NOTSET", "":
	case "VALID":
		w.PadBegin, w.PadEnd = repeat(0, k), repeat(0, k)
	case "SAME_UPPER", "SAME_LOWER":
		if err := n.samePads(&w, in, auto == "SAME_LOWER"); err != nil {
			return w, err
		}
	default:
		return w, fmt.Errorf("%w: auto_pad %q", fault.ErrModel, auto)
	}
	return w, w.Check(k)
}

// samePads chooses paddings so that the result has ⌈in/stride⌉ elements; an odd
// one goes to the end, or with lower to the beginning.
func (n *node) samePads(w *graph.Window, in []int, lower bool) error {
	w.PadBegin, w.PadEnd = repeat(0, len(in)), repeat(0, len(in))
	if err := w.Check(len(in)); err != nil {
		return err
	}
	for i, size := range in {
		out := (size + w.Stride[i] - 1) / w.Stride[i]
		all := max(0, (out-1)*w.Stride[i]+w.Extent(i)-size)
		w.PadBegin[i], w.PadEnd[i] = all/2, all-all/2
		if lower {
			w.PadBegin[i], w.PadEnd[i] = w.PadEnd[i], w.PadBegin[i]
		}
	}
	return nil
}

func repeat(v, n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = v
	}
	return s
}
