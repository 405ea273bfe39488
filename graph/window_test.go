package graph_test

import (
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/stretchr/testify/require"
)

// ⌊(n + begin + end − dilation·(kernel−1) − 1)/stride⌋ + 1; with ceil the last
// window must start inside the input or its padding before (ONNX, PyTorch).
func TestWindowOut(t *testing.T) {
	for _, c := range []struct {
		n, kernel, stride, dilation, begin, end int
		floor, ceil                             int
	}{
		{224, 7, 2, 1, 3, 3, 112, 113}, // (224+6−7)/2 = 111.5; the window at 224 starts before 224+3
		{112, 3, 2, 1, 1, 1, 56, 57},
		{7, 3, 2, 1, 0, 0, 3, 3},
		{8, 3, 2, 1, 0, 0, 3, 4},
		{6, 3, 2, 1, 0, 0, 2, 3},
		{4, 2, 3, 1, 1, 1, 2, 2},
		{3, 2, 2, 1, 1, 1, 2, 2}, // ceil gives 3, whose window starts at 4 >= 3+1
		{5, 3, 1, 2, 0, 0, 1, 1},
		{5, 3, 1, 2, 2, 2, 5, 5},
		{5, 1, 3, 1, 0, 0, 2, 2},
		{1, 1, 1, 1, 0, 0, 1, 1},
		{4, 3, 2, 1, 0, 1, 2, 2},
	} {
		w := graph.Window{Kernel: []int{c.kernel}, Stride: []int{c.stride}, Dilation: []int{c.dilation}, PadBegin: []int{c.begin}, PadEnd: []int{c.end}}
		for ceil, want := range map[bool]int{false: c.floor, true: c.ceil} {
			out, err := w.Out([]int{c.n}, ceil)
			require.NoError(t, err)
			require.Equal(t, []int{want}, out, "%v of %d, ceil %v", w, c.n, ceil)
		}
	}
}

func TestWindowRefuses(t *testing.T) {
	good := func() graph.Window { return graph.Window2D(3, 1, 1) }
	for name, change := range map[string]func(*graph.Window){
		"kernel 0":       func(w *graph.Window) { w.Kernel[0] = 0 },
		"stride 0":       func(w *graph.Window) { w.Stride[1] = 0 },
		"dilation 0":     func(w *graph.Window) { w.Dilation[0] = 0 },
		"negative pad":   func(w *graph.Window) { w.PadBegin[0] = -1 },
		"negative end":   func(w *graph.Window) { w.PadEnd[0] = -1 },
		"huge stride":    func(w *graph.Window) { w.Stride[0] = 1 << 40 },
		"huge kernel":    func(w *graph.Window) { w.Kernel[0] = 1 << 62 },
		"one dimension":  func(w *graph.Window) { w.Kernel = w.Kernel[:1] },
		"no padding end": func(w *graph.Window) { w.PadEnd = nil },
		"over the input": func(w *graph.Window) { w.Kernel[0] = 12 },
		"far dilation":   func(w *graph.Window) { w.Dilation[0] = 6 },
	} {
		w := good()
		change(&w)
		_, err := w.Out([]int{9, 9}, false)
		require.ErrorIs(t, err, fault.ErrShape, name)
	}
	_, err := good().Out([]int{9, 9}, false)
	require.NoError(t, err)
}
