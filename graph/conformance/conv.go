package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// convCase is one line of the table: input and filters.
type convCase struct {
	x      []int // [N C spatial...]
	k      int   // filters
	groups int
	w      graph.Window
	bias   bool
}

func window(kernel, stride, dilation, begin, end []int) graph.Window {
	return graph.Window{Kernel: kernel, Stride: stride, Dilation: dilation, PadBegin: begin, PadEnd: end}
}

// Layers as real networks have them, channels made small or odd.
var convLayers = []convCase{
	{dims(2, 3, 9, 11), 5, 1, graph.Window2D(3, 1, 1), true},
	{dims(1, 3, 15, 15), 8, 1, graph.Window2D(7, 2, 3), false},                                          // ResNet stem
	{dims(2, 16, 6, 6), 16, 1, graph.Window2D(3, 1, 1), true},                                           // ResNet block
	{dims(2, 16, 6, 6), 32, 1, graph.Window2D(1, 2, 0), false},                                          // ResNet shortcut
	{dims(2, 17, 5, 5), 5, 1, graph.Window2D(1, 1, 0), true},                                            // pointwise, odd
	{dims(2, 32, 4, 4), 64, 1, graph.Window2D(1, 1, 0), true},                                           // pointwise, blocked
	{dims(2, 16, 7, 7), 16, 16, graph.Window2D(3, 1, 1), true},                                          // depthwise
	{dims(2, 17, 7, 7), 17, 17, graph.Window2D(3, 2, 1), false},                                         // depthwise, odd
	{dims(1, 8, 9, 9), 8, 8, graph.Window2D(5, 2, 2), true},                                             // EfficientNet
	{dims(2, 3, 7, 7), 6, 3, graph.Window2D(3, 1, 1), true},                                             // depth multiplier 2
	{dims(2, 16, 5, 5), 32, 4, graph.Window2D(3, 1, 1), false},                                          // ResNeXt
	{dims(2, 6, 5, 5), 15, 3, graph.Window2D(3, 1, 1), true},                                            // groups, odd
	{dims(1, 3, 23, 23), 4, 1, graph.Window2D(11, 4, 2), true},                                          // AlexNet stem
	{dims(2, 20, 2, 2), 10, 1, graph.Window2D(2, 1, 0), true},                                           // whole picture
	{dims(2, 4, 1, 1), 6, 1, graph.Window2D(3, 1, 1), true},                                             // only padding around
	{dims(2, 24, 1, 1), 6, 1, graph.Window2D(1, 1, 0), true},                                            // squeeze and excite
	{dims(1, 4, 8, 8), 4, 1, window(dims(1, 7), dims(1, 1), dims(1, 1), dims(0, 3), dims(0, 3)), false}, // Inception
	{dims(1, 4, 8, 8), 4, 1, window(dims(7, 1), dims(1, 1), dims(1, 1), dims(3, 0), dims(3, 0)), false},
	{dims(2, 3, 8, 8), 4, 1, window(dims(3, 3), dims(2, 2), dims(1, 1), dims(0, 0), dims(1, 1)), true}, // SAME of TensorFlow
	{dims(1, 4, 9, 10), 4, 1, window(dims(3, 2), dims(1, 2), dims(2, 1), dims(2, 0), dims(1, 1)), true},
	{dims(1, 2, 9, 9), 3, 1, window(dims(3, 3), dims(1, 1), dims(3, 3), dims(3, 3), dims(3, 3)), true}, // atrous
	{dims(1, 2, 4, 4), 3, 1, window(dims(2, 2), dims(3, 3), dims(1, 1), dims(1, 1), dims(1, 1)), true}, // stride over kernel
	{dims(2, 3, 9), 5, 1, window(dims(3), dims(1), dims(1), dims(1), dims(1)), true},
	{dims(2, 4, 9), 4, 4, window(dims(3), dims(2), dims(2), dims(2), dims(1)), false},
	{dims(1, 2, 4, 5, 6), 3, 1, window(dims(3, 3, 3), dims(1, 1, 1), dims(1, 1, 1), dims(1, 1, 1), dims(1, 1, 1)), true},
	{dims(1, 4, 4, 5, 6), 6, 2, window(dims(1, 3, 2), dims(1, 2, 1), dims(1, 1, 2), dims(0, 1, 1), dims(0, 0, 2)), true},
}

// sweep returns all combinations of the attributes on small pictures.
func sweep() []convCase {
	var cs []convCase
	for _, kernel := range []int{1, 2, 3} {
		for _, stride := range []int{1, 2} {
			for _, dilation := range []int{1, 2} {
				for _, pad := range [][2]int{{0, 0}, {1, 1}, {1, 0}, {0, 1}} {
					for _, ch := range [][3]int{{3, 5, 1}, {4, 4, 4}, {4, 6, 2}} {
						if kernel == 1 && (dilation == 2 || pad != [2]int{}) {
							continue
						}
						w := graph.Window2D(kernel, stride, pad[0])
						w.PadEnd, w.Dilation = dims(pad[1], pad[1]), dims(dilation, 1)
						cs = append(cs, convCase{dims(1, ch[0], 5, 6), ch[1], ch[2], w, stride == 1})
					}
				}
			}
		}
	}
	return cs
}

func (c convCase) name() string {
	s := fmt.Sprintf("%v to %d groups %d %v", graph.Shape(c.x), c.k, c.groups, c.w)
	if c.bias {
		s += " bias"
	}
	return s
}

func (c convCase) op() graph.Conv { return graph.Conv{Window: c.w, Groups: c.groups} }

func (c convCase) shapes() [][]int {
	s := [][]int{c.x, append(dims(c.k, c.x[1]/c.groups), c.w.Kernel...)}
	if c.bias {
		s = append(s, dims(c.k))
	}
	return s
}

func convCases() []Case {
	cs := convByHand()
	for i, c := range append(convLayers, sweep()...) {
		wrt := []int{0, 1, 2}[:len(c.shapes())]
		r := random(c.name(), c.op(), wrt, c.shapes()...)
		r.Params = i < len(convLayers)
		cs = append(cs, r)
	}
	return cs
}

// x[i] = (i+1)%7−3 as [1 2 4 3], w[i] = (i+1)%5−2 as [4 1 2 2], groups 2, stride 2 1,
// dilation 1 2, padding 0 1 before and 2 0 behind: torch.nn.functional.conv2d of
// PyTorch 2.15 on the padded picture; dy[i] = (i+1)%3−1.
func convByHand() []Case {
	x, w, dy := cyclic(7, 3, 1, 2, 4, 3), cyclic(5, 2, 4, 1, 2, 2), cyclic(3, 1, 1, 4, 3, 2)
	b := f32(dims(4), 0.5, -1, 0, 2)
	op := graph.Conv{Window: window(dims(2, 2), dims(2, 1), dims(1, 2), dims(0, 1), dims(2, 0)), Groups: 2}
	return []Case{
		params(Case{Name: "3x3 of ones on ones, padding 1", // counts the elements inside the picture
			Op: graph.Conv{Window: graph.Window2D(3, 1, 1), Groups: 1}, In: []*graph.Tensor{fill(1, 1, 1, 3, 3), fill(1, 1, 1, 3, 3)},
			Want: []*graph.Tensor{f32(dims(1, 1, 3, 3), 4, 6, 4, 6, 9, 6, 4, 6, 4)}, Wrt: []int{0, 1}}),
		params(Case{Name: "PyTorch", Op: op, In: []*graph.Tensor{x, w, b}, Wrt: []int{0, 1, 2}, Want: []*graph.Tensor{
			f32(dims(1, 4, 3, 2), 4.5, 9.5, 2.5, 7.5, 0.5, 0.5, 2, 6, 2, 8, -1, -1, 6, 11, -6, 12, 0, 0, -4, 2, 9, 2, 2, 2)}}),
		{Name: "PyTorch", Op: graph.ConvGradInput{Conv: op, X: x.Shape}, In: []*graph.Tensor{w, dy}, Want: []*graph.Tensor{
			f32(dims(1, 2, 4, 3), -3, 0, -1, 1, 0, 3, 0, 1, 0, 0, -3, 0, 3, 0, 0, -3, 0, -1, 0, 0, 0, 0, 1, 0)}},
		{Name: "PyTorch", Op: graph.ConvGradWeight{Conv: op, W: w.Shape, Bias: true}, In: []*graph.Tensor{x, dy}, Want: []*graph.Tensor{
			f32(dims(4, 1, 2, 2), -2, 2, 1, 2, -2, 2, 1, 2, 3, -5, -1, 2, 3, -5, -1, 2), fill(0, 4)}},
	}
}

// cyclic returns (i+1)%n − minus for i = 0, 1, ...
func cyclic(n, minus int, shape ...int) *graph.Tensor {
	t := graph.NewTensor(graph.Float32, shape...)
	for i := range t.F32 {
		t.F32[i] = float32((i+1)%n - minus)
	}
	return t
}
