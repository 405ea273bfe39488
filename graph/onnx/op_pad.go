package onnx

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

var padModes = map[string]graph.PadMode{"constant": graph.PadConstant, "reflect": graph.PadReflect, "edge": graph.PadEdge}

// runPad reads the amounts: attributes before opset 11, constant inputs since,
// for chosen axes since 18.
func runPad(n *node) error {
	x := n.in[0]
	name := "pads"
	if n.opset < 2 {
		name = "paddings"
	}
	pads, given := n.intsOf(name, 1, 11)
	value := n.float("value", 0)
	if n.opset >= 11 {
		value = n.number(2, 0)
	}
	mode, ok := padModes[n.text("mode", "constant")]
	if n.err != nil {
		return n.err
	}
	if !ok {
		return fmt.Errorf("%w: Pad mode %q", fault.ErrUnsupported, n.text("mode", ""))
	}
	rank := x.shape().Rank()
	axes, chosen := n.fixedInts(3)
	if !chosen {
		axes = ascending(rank)
	}
	if !given || len(pads) != 2*len(axes) {
		return fmt.Errorf("%w: %d pads for %d axes of %v", fault.ErrShape, len(pads), len(axes), x.shape())
	}
	op := graph.Pad{Mode: mode, Value: value, Begin: make([]int, rank), End: make([]int, rank)}
	none := true
	for i, a := range axes {
		k, err := graph.Axis(a, rank)
		if err != nil {
			return err
		}
		b, e := pads[i], pads[i+len(axes)]
		if b > maxWindow || e > maxWindow || b < -maxWindow || e < -maxWindow {
			return fmt.Errorf("%w: pads %d and %d", fault.ErrLimit, b, e)
		}
		if b != 0 || e != 0 {
			none = false
			if err := n.keepsRows(x, k); err != nil {
				return err
			}
		}
		op.Begin[k], op.End[k] = b, e
	}
	if none {
		n.im.m.Report.Dropped++
		return n.alias(0, x)
	}
	return n.emit(op, x)
}
