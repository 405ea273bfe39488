package zoo

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// alexNet is torchvision's, of one column.
// Source: arXiv:1404.5997; torchvision/models/alexnet.py.
func alexNet() Arch {
	return Arch{Name: "alexnet", Size: 224, LastStage: "features.8", Classifier: "classifier.6", build: func(b *builder, x *graph.Value) *graph.Value {
		at := 0
		for _, s := range []struct {
			layer
			pool bool
		}{
			{layer{out: 64, k: 11, stride: 4, pads: 2, bias: true}, true}, {layer{out: 192, k: 5, stride: 1, bias: true}, true},
			{layer{out: 384, k: 3, stride: 1, bias: true}, false}, {layer{out: 256, k: 3, stride: 1, bias: true}, false},
			{layer{out: 256, k: 3, stride: 1, bias: true}, true},
		} {
			x = b.conv(fmt.Sprintf("features.%d", at), x, s.layer)
			x = doRelu(b, fmt.Sprintf("features.%d", at+1), x)
			if at += 2; s.pool {
				x = b.maxPool(fmt.Sprintf("features.%d", at), x, 3, 2, 0, false)
				at++
			}
		}
		x = b.add("flatten", graph.Flatten{Axis: 1}, b.adaptivePool("avgpool", x, 6))
		for _, i := range []int{1, 4} {
			name := fmt.Sprintf("classifier.%d", i)
			x = b.dropout(fmt.Sprintf("classifier.%d", i-1), x, .5)
			x = doRelu(b, fmt.Sprintf("classifier.%d", i+1), b.linear(name, name, x, 4096))
		}
		return b.logits("classifier.6", x)
	}}
}
