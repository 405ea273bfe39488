package zoo

import "github.com/gotl-gpu/gotl-gpu/graph"

// inceptionNorm is what GoogLeNet and Inception v3 share.
var inceptionNorm = normRule{1e-3, .9}

// basic is BasicConv2d: convolution, norm and ReLU under one name.
func (b *builder) basic(name string, x *graph.Value, l layer) *graph.Value {
	return doRelu(b, name+".relu", b.norm(name+".bn", b.conv(name+".conv", x, l), inceptionNorm))
}

// pointwise is a 1x1 convolution.
func pointwise(out int) layer { return layer{out: out, k: 1, stride: 1} }

// googLeNet is torchvision's GoogLeNet without auxiliary classifiers. Its published
// weights want pixels scaled to mean .5 and deviation .5 (transform_input).
// Source: arXiv:1409.4842; torchvision/models/googlenet.py.
func googLeNet() Arch {
	return Arch{Name: "googlenet", Size: 224, LastStage: "inception5a", Classifier: "fc", unused: []string{"aux1.", "aux2."}, build: func(b *builder, x *graph.Value) *graph.Value {
		x = b.maxPool("maxpool1", b.basic("conv1", x, layer{out: 64, k: 7, stride: 2}), 3, 2, 0, true)
		x = b.basic("conv3", b.basic("conv2", x, pointwise(64)), layer{out: 192, k: 3, stride: 1})
		x = b.maxPool("maxpool2", x, 3, 2, 0, true)
		for _, m := range []struct {
			name string
			c    [6]int // 1x1; 3x3 and before it; "5x5" and before it; behind the pooling
		}{
			{"3a", [6]int{64, 96, 128, 16, 32, 32}}, {"3b", [6]int{128, 128, 192, 32, 96, 64}}, {"pool3", [6]int{3}},
			{"4a", [6]int{192, 96, 208, 16, 48, 64}}, {"4b", [6]int{160, 112, 224, 24, 64, 64}}, {"4c", [6]int{128, 128, 256, 24, 64, 64}},
			{"4d", [6]int{112, 144, 288, 32, 64, 64}}, {"4e", [6]int{256, 160, 320, 32, 128, 128}}, {"pool4", [6]int{2}},
			{"5a", [6]int{256, 160, 320, 32, 128, 128}}, {"5b", [6]int{384, 192, 384, 48, 128, 128}},
		} {
			if m.c[1] == 0 {
				x = b.maxPool("max"+m.name, x, m.c[0], 2, 0, true)
				continue
			}
			x = b.inception("inception"+m.name, x, m.c)
		}
		return b.classifier("fc", x, .2)
	}}
}

// inception is four branches; its third has 3x3 where the paper has 5x5.
func (b *builder) inception(name string, x *graph.Value, c [6]int) *graph.Value {
	three := func(out int) layer { return layer{out: out, k: 3, stride: 1} }
	one := b.basic(name+".branch1", x, pointwise(c[0]))
	two := b.basic(name+".branch2.1", b.basic(name+".branch2.0", x, pointwise(c[1])), three(c[2]))
	third := b.basic(name+".branch3.1", b.basic(name+".branch3.0", x, pointwise(c[3])), three(c[4]))
	four := b.basic(name+".branch4.1", b.maxPool(name+".branch4.0", x, 3, 1, 1, true), pointwise(c[5]))
	return b.concat(name, one, two, third, four)
}
