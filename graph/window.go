package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Window is the geometry of a convolution or pooling, one entry per spatial
// dimension. Dilation 1 is dense (ONNX; oneDNN counts from 0). PadEnd may differ
// from PadBegin.
type Window struct {
	Kernel, Stride, Dilation, PadBegin, PadEnd []int
}

// Window2D is a square 2-D window: kernel k, stride s, padding p on all sides.
func Window2D(k, s, p int) Window {
	two := func(x int) []int { return []int{x, x} }
	return Window{two(k), two(s), two(1), two(p), two(p)}
}

// Check verifies that the window is meaningful for n spatial dimensions.
func (w Window) Check(n int) error {
	for _, f := range []struct {
		name string
		x    []int
		min  int
	}{{"kernel", w.Kernel, 1}, {"stride", w.Stride, 1}, {"dilation", w.Dilation, 1}, {"pad begin", w.PadBegin, 0}, {"pad end", w.PadEnd, 0}} {
		if len(f.x) != n {
			return fmt.Errorf("%w: %s has %d entries for %d spatial dimensions", fault.ErrShape, f.name, len(f.x), n)
		}
		for _, v := range f.x {
			if v < f.min || v > 1<<20 {
				return fmt.Errorf("%w: %s %d is out of range", fault.ErrShape, f.name, v)
			}
		}
	}
	return nil
}

// Extent is the span of the kernel in dimension i: dilation·(kernel-1)+1.
func (w Window) Extent(i int) int { return w.Dilation[i]*(w.Kernel[i]-1) + 1 }

// Out returns the output extents for the spatial extents in. With ceil, windows
// that would start in the end padding are dropped.
func (w Window) Out(in []int, ceil bool) ([]int, error) {
	if err := w.Check(len(in)); err != nil {
		return nil, err
	}
	out := make([]int, len(in))
	for i, n := range in {
		free := n + w.PadBegin[i] + w.PadEnd[i] - w.Extent(i)
		if free < 0 {
			return nil, fmt.Errorf("%w: window %d in dimension %d exceeds %d with padding %d+%d",
				fault.ErrShape, w.Extent(i), i, n, w.PadBegin[i], w.PadEnd[i])
		}
		out[i] = free/w.Stride[i] + 1
		if ceil && free%w.Stride[i] != 0 {
			out[i]++
			if (out[i]-1)*w.Stride[i] >= n+w.PadBegin[i] {
				out[i]--
			}
		}
	}
	return out, nil
}

// String prints kernel, stride, dilation and paddings.
func (w Window) String() string {
	return fmt.Sprintf("k%v s%v d%v p%v+%v", w.Kernel, w.Stride, w.Dilation, w.PadBegin, w.PadEnd)
}
