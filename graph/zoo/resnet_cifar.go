package zoo

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// cifarResnets returns the ResNets of the paper's section 4.2 for pictures of 32x32,
// shortcuts without parameters (option A), under the names of
// github.com/akamaster/pytorch_resnet_cifar10. Source: arXiv:1512.03385.
func cifarResnets() []Arch {
	var as []Arch
	for _, depth := range []int{20, 32, 44, 56, 110} {
		as = append(as, Arch{Name: fmt.Sprintf("cifar_resnet%d", depth), Size: 32, Classes: 10, LastStage: "layer3", Classifier: "linear",
			build: func(b *builder, x *graph.Value) *graph.Value {
				x = doRelu(b, "relu", b.norm("bn1", b.conv("conv1", x, layer{out: 16, k: 3, stride: 1}), torchNorm))
				for i := range 3 {
					for j := range (depth - 2) / 6 {
						stride := 1
						if i > 0 && j == 0 {
							stride = 2
						}
						x = b.cifarBlock(fmt.Sprintf("layer%d.%d", i+1, j), x, 16<<i, stride)
					}
				}
				return b.classifier("linear", x, 0)
			}})
	}
	return as
}

// cifarBlock is two 3x3 convolutions; its shortcut takes every other pixel and has
// zeros for new channels, half of them before the others.
func (b *builder) cifarBlock(name string, x *graph.Value, out, stride int) *graph.Value {
	y := b.norm(name+".bn1", b.conv(name+".conv1", x, layer{out: out, k: 3, stride: stride}), torchNorm)
	y = doRelu(b, name+".relu", y)
	y = b.norm(name+".bn2", b.conv(name+".conv2", y, layer{out: out, k: 3, stride: 1}), torchNorm)
	if stride != 1 {
		far := 1 << 30
		x = b.add(name+".shortcut.slice", graph.Slice{Axes: []int{2, 3}, Start: []int{0, 0}, End: []int{far, far}, Step: []int{stride, stride}}, x)
		x = b.add(name+".shortcut", graph.Pad{Begin: []int{0, out / 4, 0, 0}, End: []int{0, out / 4, 0, 0}}, x)
	}
	return doRelu(b, name+".relu", b.plus(name+".add", y, x))
}
