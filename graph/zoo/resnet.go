package zoo

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// resnets returns torchvision's ResNets ("v1.5": the stride of a bottleneck is in
// its 3x3 convolution). Source: arXiv:1512.03385; torchvision/models/resnet.py.
func resnets() []Arch {
	var as []Arch
	for _, r := range []struct {
		depth  int
		blocks [4]int
		unit   func(*builder, string, *graph.Value, int, int) *graph.Value
	}{
		{18, [4]int{2, 2, 2, 2}, basicBlock}, {34, [4]int{3, 4, 6, 3}, basicBlock},
		{50, [4]int{3, 4, 6, 3}, bottleneck}, {101, [4]int{3, 4, 23, 3}, bottleneck}, {152, [4]int{3, 8, 36, 3}, bottleneck},
	} {
		as = append(as, Arch{Name: fmt.Sprintf("resnet%d", r.depth), Size: 224, LastStage: "layer4",
			build: func(b *builder, x *graph.Value) *graph.Value {
				x = b.add("relu", relu, b.norm("bn1", b.conv("conv1", x, layer{out: 64, k: 7, stride: 2}), torchNorm))
				x = b.add("maxpool", graph.Pool{Fn: graph.MaxPool, Window: graph.Window2D(3, 2, 1)}, x)
				for i, n := range r.blocks {
					for j := range n {
						stride := 1
						if i > 0 && j == 0 {
							stride = 2
						}
						x = r.unit(b, fmt.Sprintf("layer%d.%d", i+1, j), x, 64<<i, stride)
					}
				}
				return b.classifier("fc", x, 0)
			}})
	}
	return as
}

// basicBlock is two 3x3 convolutions.
func basicBlock(b *builder, name string, x *graph.Value, planes, stride int) *graph.Value {
	y := b.norm(name+".bn1", b.conv(name+".conv1", x, layer{out: planes, k: 3, stride: stride}), torchNorm)
	y = b.add(name+".relu", relu, y)
	y = b.norm(name+".bn2", b.conv(name+".conv2", y, layer{out: planes, k: 3, stride: 1}), torchNorm)
	return b.joined(name, x, y, planes, stride)
}

// bottleneck is 1x1, 3x3, 1x1 with four times the planes at its end.
func bottleneck(b *builder, name string, x *graph.Value, planes, stride int) *graph.Value {
	y := x
	for i, l := range []layer{{out: planes, k: 1, stride: 1}, {out: planes, k: 3, stride: stride}, {out: 4 * planes, k: 1, stride: 1}} {
		y = b.norm(fmt.Sprintf("%s.bn%d", name, i+1), b.conv(fmt.Sprintf("%s.conv%d", name, i+1), y, l), torchNorm)
		if i < 2 {
			y = b.add(name+".relu", relu, y)
		}
	}
	return b.joined(name, x, y, 4*planes, stride)
}

// joined adds the block's input, projected if its shape differs, and rectifies.
func (b *builder) joined(name string, x, y *graph.Value, out, stride int) *graph.Value {
	if b.err != nil {
		return nil
	}
	if stride != 1 || x.Shape[1] != out {
		x = b.norm(name+".downsample.1", b.conv(name+".downsample.0", x, layer{out: out, k: 1, stride: stride}), torchNorm)
	}
	return b.add(name+".relu", relu, b.plus(name+".add", y, x))
}
