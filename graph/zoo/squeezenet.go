package zoo

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// fire is the widths of a Fire module; squeeze 0 stands for a pooling.
type fire struct{ squeeze, expand int }

// squeezeNets returns torchvision's SqueezeNets. Their classifier is a convolution,
// rectified and averaged. Source: arXiv:1602.07360; torchvision/models/squeezenet.py.
func squeezeNets() []Arch {
	pool := fire{}
	first := []fire{pool, {16, 64}, {16, 64}, {32, 128}, pool, {32, 128}, {48, 192}, {48, 192}, {64, 256}, pool, {64, 256}}
	second := []fire{pool, {16, 64}, {16, 64}, pool, {32, 128}, {32, 128}, pool, {48, 192}, {48, 192}, {64, 256}, {64, 256}}
	return []Arch{
		squeezeNet("squeezenet1_0", layer{out: 96, k: 7, stride: 2, valid: true, bias: true}, first),
		squeezeNet("squeezenet1_1", layer{out: 64, k: 3, stride: 2, valid: true, bias: true}, second),
	}
}

func squeezeNet(name string, stem layer, fires []fire) Arch {
	return Arch{Name: name, Size: 224, LastStage: "features.12", Classifier: "classifier.1", build: func(b *builder, x *graph.Value) *graph.Value {
		x = doRelu(b, "features.1", b.conv("features.0", x, stem))
		for i, f := range fires {
			name := fmt.Sprintf("features.%d", i+2)
			if f.squeeze == 0 {
				x = b.maxPool(name, x, 3, 2, 0, true)
				continue
			}
			x = doRelu(b, name+".squeeze_activation", b.conv(name+".squeeze", x, layer{out: f.squeeze, k: 1, stride: 1, bias: true}))
			one := doRelu(b, name+".expand1x1_activation", b.conv(name+".expand1x1", x, layer{out: f.expand, k: 1, stride: 1, bias: true}))
			three := doRelu(b, name+".expand3x3_activation", b.conv(name+".expand3x3", x, layer{out: f.expand, k: 3, stride: 1, bias: true}))
			x = b.concat(name, one, three)
		}
		x = b.dropout("classifier.0", x, .5)
		x = doRelu(b, "classifier.2", b.conv("classifier.1", x, layer{out: b.classes, k: 1, stride: 1, bias: true}))
		return b.result("flatten", graph.Flatten{Axis: 1}, b.add("classifier.3", graph.GlobalAveragePool{}, x))
	}}
}
