package dnnl

// #include "kernels.h"
import "C"

import (
	"cmp"
	"fmt"
	"slices"
	"unsafe"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// depthCut is how the weight gradient of a depthwise convolution is divided.
type depthCut struct{ p C.gotl_dwgrad_args }

const mostTaps = 64 // of kernel_dwgrad.c

// newDepthCut describes x and dy, both blocked by the same 8 or 16 channels, and dw,
// [C 1 1 kh kw] blocked alike. Error: fault.ErrUnsupported for anything else: other
// layouts, multipliers, dilations, more than two dimensions or 64 taps.
func newDepthCut(x, dy, dw layout, o graph.Conv) (depthCut, error) {
	b := x.channels()
	if !depthwise(x.dims, dy.dims, o) || b != 8 && b != 16 || dy.channels() != b || !dw.depthBlocked(b) {
		return depthCut{}, fmt.Errorf("%w: weight gradient %v from %v and %v", fault.ErrUnsupported, dw, x, dy)
	}
	n, blocks := x.dims[0], x.padded[1]/b
	groups := min(n, max(1, 64/blocks)) // some 64 units keep many threads busy
	group := (n + groups - 1) / groups
	return depthCut{C.gotl_dwgrad_args{n: C.int64_t(n), blocks: C.int64_t(blocks), b: C.int64_t(b),
		h: C.int64_t(x.dims[2]), w: C.int64_t(x.dims[3]), oh: C.int64_t(dy.dims[2]), ow: C.int64_t(dy.dims[3]),
		kh: C.int64_t(o.Kernel[0]), kw: C.int64_t(o.Kernel[1]), sh: C.int64_t(o.Stride[0]), sw: C.int64_t(o.Stride[1]),
		pt: C.int64_t(o.PadBegin[0]), pl: C.int64_t(o.PadBegin[1]), groups: C.int64_t((n + group - 1) / group), group: C.int64_t(group)}}, nil
}

// depthwise reports whether o, from x to y, is 2-D with one filter a channel and
// neither dilation nor a large kernel.
func depthwise(x, y []int, o graph.Conv) bool {
	return len(x) == 4 && len(y) == 4 && len(o.Kernel) == 2 && o.Groups == x[1] && y[1] == x[1] &&
		slices.Equal(o.Dilation, []int{1, 1}) && o.Kernel[0]*o.Kernel[1] <= mostTaps
}

// depthBlocked reports whether l is [C/b 1 1 kh kw b].
func (l layout) depthBlocked(b int) bool {
	if len(l.dims) != 5 || l.dims[1]*l.dims[2] != 1 || !slices.Equal(l.blocks, []int{b}) || l.axes[0] != 0 {
		return false
	}
	kh, kw := l.dims[3], l.dims[4]
	return l.strides[0] == kh*kw*b && l.strides[3] == kw*b && l.strides[4] == b
}

func (k depthCut) taps() int { return int(k.p.kh * k.p.kw * k.p.b) }
func (k depthCut) sums() int { return int(k.p.blocks*k.p.groups) * k.taps() }

// depthwiseGrad appends graph.ConvGradWeight without its bias.
func (l *steps) depthwiseGrad(name string, k depthCut, dw, x, dy []float32, part []float64) error {
	a := k.p
	rows := int(a.n * a.blocks * a.b)
	err := cmp.Or(sameLen("depthwise input", rows*int(a.h*a.w), x), sameLen("depthwise result", rows*int(a.oh*a.ow), dy),
		sameLen("depthwise weight", int(a.blocks)*k.taps(), dw))
	if err == nil && len(part) < k.sums() {
		err = fmt.Errorf("%w: %d partial sums, want %d", fault.ErrInternal, len(part), k.sums())
	}
	if err != nil {
		return err
	}
	p := unsafe.Pointer(unsafe.SliceData(part))
	mustBeC(p)
	a.dw, a.x, a.dy, a.part = fptr(dw), fptr(x), fptr(dy), (*C.double)(p)
	addKernel(l, name, C.gotl_dwgrad, a)
	return nil
}
