package zoo

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// mobileNetV2 is torchvision's MobileNetV2 at width 1.
// Source: arXiv:1801.04381; torchvision/models/mobilenetv2.py.
func mobileNetV2() Arch {
	return Arch{Name: "mobilenet_v2", Size: 224, LastStage: "features.17", Classifier: "classifier.1", build: func(b *builder, x *graph.Value) *graph.Value {
		x = b.convNorm6("features.0", x, layer{out: 32, k: 3, stride: 2})
		i := 1
		for _, s := range []struct{ expand, out, blocks, stride int }{
			{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1},
		} {
			for j := range s.blocks {
				stride := 1
				if j == 0 {
					stride = s.stride
				}
				x = b.inverted(fmt.Sprintf("features.%d", i), x, s.expand, s.out, stride)
				i++
			}
		}
		x = b.convNorm6("features.18", x, layer{out: 1280, k: 1, stride: 1})
		return b.classifier("classifier.1", x, .2)
	}}
}

// inverted is MobileNetV2's inverted residual: widen, depthwise 3x3, narrow.
func (b *builder) inverted(name string, x *graph.Value, expand, out, stride int) *graph.Value {
	if b.err != nil {
		return nil
	}
	y, at := x, 0
	if expand != 1 {
		y = b.convNorm6(fmt.Sprintf("%s.conv.%d", name, at), y, layer{out: x.Shape[1] * expand, k: 1, stride: 1})
		at++
	}
	y = b.convNorm6(fmt.Sprintf("%s.conv.%d", name, at), y, layer{k: 3, stride: stride, depthwise: true})
	y = b.conv(fmt.Sprintf("%s.conv.%d", name, at+1), y, layer{out: out, k: 1, stride: 1})
	y = b.norm(fmt.Sprintf("%s.conv.%d", name, at+2), y, torchNorm)
	if stride == 1 && x.Shape[1] == out {
		return b.plus(name+".add", x, y)
	}
	return y
}

// convNorm6 is torchvision's Conv2dNormActivation: children 0, 1, 2 of scope are
// convolution, norm and ReLU6.
func (b *builder) convNorm6(scope string, x *graph.Value, l layer) *graph.Value {
	x = b.conv(scope+".0", x, l)
	x = b.norm(scope+".1", x, torchNorm)
	return b.add(scope+".2", relu6, x)
}
