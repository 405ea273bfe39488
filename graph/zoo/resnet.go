package zoo

import (
	"fmt"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// residual describes a ResNet: the stride of a bottleneck is in its 3x3 convolution
// ("v1.5"). Zero values are those of the original.
type residual struct {
	name   string
	basic  bool // two 3x3 convolutions instead of a bottleneck
	blocks [4]int
	groups int  // of the 3x3 convolution of a bottleneck
	width  int  // its channels per group where planes are 64
	deep   bool // "d": stem of three convolutions, projections behind an average
	excite bool // squeeze and excitation, a sixteenth
}

var (
	depth18, depth34, depth50 = [4]int{2, 2, 2, 2}, [4]int{3, 4, 6, 3}, [4]int{3, 4, 6, 3}
	depth101, depth152        = [4]int{3, 4, 23, 3}, [4]int{3, 8, 36, 3}
)

// published are torchvision's ResNets, ResNeXts and wide ResNets, which timm has under
// the same names and keys. Source: arXiv:1512.03385, 1611.05431, 1605.07146;
// torchvision/models/resnet.py.
var published = []residual{
	{name: "resnet18", basic: true, blocks: depth18}, {name: "resnet34", basic: true, blocks: depth34},
	{name: "resnet50", blocks: depth50}, {name: "resnet101", blocks: depth101}, {name: "resnet152", blocks: depth152},
	{name: "resnext50_32x4d", blocks: depth50, groups: 32, width: 4}, {name: "resnext101_32x8d", blocks: depth101, groups: 32, width: 8},
	{name: "resnext101_64x4d", blocks: depth101, groups: 64, width: 4},
	{name: "wide_resnet50_2", blocks: depth50, width: 128}, {name: "wide_resnet101_2", blocks: depth101, width: 128},
}

func resnets() []Arch {
	var as []Arch
	for _, r := range published {
		as = append(as, r.arch())
	}
	return as
}

// timmResnets returns the same as timm/NAME, and ResNets that timm adds. Source: arXiv:1812.01187, 1709.01507;
// github.com/huggingface/pytorch-image-models, timm/models/resnet.py.
func timmResnets() []Arch {
	var as []Arch
	for _, r := range append(slices.Clone(published), []residual{
		{name: "resnet18d", basic: true, blocks: depth18, deep: true}, {name: "resnet34d", basic: true, blocks: depth34, deep: true},
		{name: "resnet26", blocks: depth18}, {name: "resnet26d", blocks: depth18, deep: true}, {name: "resnet50d", blocks: depth50, deep: true},
		{name: "resnet101d", blocks: depth101, deep: true}, {name: "resnet152d", blocks: depth152, deep: true},
		{name: "seresnet18", basic: true, blocks: depth18, excite: true}, {name: "seresnet34", basic: true, blocks: depth34, excite: true},
		{name: "seresnet50", blocks: depth50, excite: true}, {name: "seresnet101", blocks: depth101, excite: true}, {name: "seresnet152", blocks: depth152, excite: true},
		{name: "seresnext50_32x4d", blocks: depth50, groups: 32, width: 4, excite: true},
	}...) {
		r.name = "timm/" + r.name
		as = append(as, r.arch())
	}
	return as
}

func (r residual) arch() Arch {
	size := 224
	if r.name == "timm/resnet101d" || r.name == "timm/resnet152d" {
		size = 256
	}
	return Arch{Name: r.name, Size: size, LastStage: "layer4", Classifier: "fc", build: func(b *builder, x *graph.Value) *graph.Value {
		x = doRelu(b, "relu", b.norm("bn1", r.stem(b, x), torchNorm))
		x = b.maxPool("maxpool", x, 3, 2, 1, false)
		for i, n := range r.blocks {
			for j := range n {
				stride := 1
				if i > 0 && j == 0 {
					stride = 2
				}
				x = r.block(b, fmt.Sprintf("layer%d.%d", i+1, j), x, 64<<i, stride)
			}
		}
		return b.classifier("fc", x, 0)
	}}
}

// stem is one 7x7 convolution, or three of 3x3.
func (r residual) stem(b *builder, x *graph.Value) *graph.Value {
	if !r.deep {
		return b.conv("conv1", x, layer{out: 64, k: 7, stride: 2})
	}
	x = doRelu(b, "conv1.2", b.norm("conv1.1", b.conv("conv1.0", x, layer{out: 32, k: 3, stride: 2}), torchNorm))
	x = doRelu(b, "conv1.5", b.norm("conv1.4", b.conv("conv1.3", x, layer{out: 32, k: 3, stride: 1}), torchNorm))
	return b.conv("conv1.6", x, layer{out: 64, k: 3, stride: 1})
}

// block adds two 3x3 convolutions, or 1x1, 3x3, 1x1 with four times the planes at
// their end, to its input.
func (r residual) block(b *builder, name string, x *graph.Value, planes, stride int) *graph.Value {
	layers := []layer{{out: planes, k: 3, stride: stride}, {out: planes, k: 3, stride: 1}}
	if !r.basic {
		width, groups := planes, max(1, r.groups)
		if r.width > 0 {
			width = planes * r.width / 64 * groups
		}
		layers = []layer{pointwise(width), {out: width, k: 3, stride: stride, groups: groups}, pointwise(4 * planes)}
	}
	y := x
	for i, l := range layers {
		y = b.norm(fmt.Sprintf("%s.bn%d", name, i+1), b.conv(fmt.Sprintf("%s.conv%d", name, i+1), y, l), torchNorm)
		if i < len(layers)-1 {
			y = doRelu(b, name+".relu", y)
		}
	}
	out := layers[len(layers)-1].out
	if r.excite {
		y = b.squeezeExcite(name+".se", "fc1", "fc2", y, multipleOf8(float64(out)/16), doRelu, doSigmoid)
	}
	return doRelu(b, name+".relu", b.plus(name+".add", y, r.shortcut(b, name+".downsample", x, out, stride)))
}

// shortcut is the block's input, projected if its shape differs.
func (r residual) shortcut(b *builder, name string, x *graph.Value, out, stride int) *graph.Value {
	if b.err != nil || stride == 1 && x.Shape[1] == out {
		return x
	}
	if !r.deep {
		return b.norm(name+".1", b.conv(name+".0", x, layer{out: out, k: 1, stride: stride}), torchNorm)
	}
	if stride != 1 {
		x = b.add(name+".0", graph.Pool{Fn: graph.AveragePool, Window: graph.Window2D(2, stride, 0), Ceil: true}, x)
	}
	return b.norm(name+".2", b.conv(name+".1", x, pointwise(out)), torchNorm)
}
