package zoo

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// vggs returns torchvision's VGGs, with and without norms.
// Source: arXiv:1409.1556; torchvision/models/vgg.py.
func vggs() []Arch {
	var as []Arch
	for _, v := range []struct {
		depth  int
		blocks [5]int
	}{{11, [5]int{1, 1, 2, 2, 2}}, {13, [5]int{2, 2, 2, 2, 2}}, {16, [5]int{2, 2, 3, 3, 3}}, {19, [5]int{2, 2, 4, 4, 4}}} {
		for _, bn := range []bool{false, true} {
			name, step := fmt.Sprintf("vgg%d", v.depth), 2
			if bn {
				name, step = name+"_bn", 3
			}
			last := 4
			for _, n := range v.blocks[:4] {
				last += n * step
			}
			as = append(as, Arch{Name: name, Size: 224, LastStage: fmt.Sprintf("features.%d", last), Classifier: "classifier.6",
				build: func(b *builder, x *graph.Value) *graph.Value {
					x = b.vggFeatures(x, v.blocks, bn)
					x = b.add("flatten", graph.Flatten{Axis: 1}, b.adaptivePool("avgpool", x, 7))
					for _, i := range []int{0, 3} {
						name := fmt.Sprintf("classifier.%d", i)
						x = b.linear(name, name, x, 4096)
						x = doRelu(b, fmt.Sprintf("classifier.%d", i+1), x)
						x = b.dropout(fmt.Sprintf("classifier.%d", i+2), x, .5)
					}
					return b.logits("classifier.6", x)
				}})
		}
	}
	return as
}

// vggFeatures is five blocks of 3x3 convolutions, each halved by a pooling.
func (b *builder) vggFeatures(x *graph.Value, blocks [5]int, bn bool) *graph.Value {
	at := 0
	name := func() string {
		at++
		return fmt.Sprintf("features.%d", at-1)
	}
	for i, n := range blocks {
		for range n {
			x = b.conv(name(), x, layer{out: min(64<<i, 512), k: 3, stride: 1, bias: true})
			if bn {
				x = b.norm(name(), x, torchNorm)
			}
			x = doRelu(b, name(), x)
		}
		x = b.maxPool(name(), x, 2, 2, 0, false)
	}
	return x
}
