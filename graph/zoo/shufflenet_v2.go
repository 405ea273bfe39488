package zoo

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// shuffleNets returns torchvision's ShuffleNetV2s.
// Source: arXiv:1807.11164; torchvision/models/shufflenetv2.py.
func shuffleNets() []Arch {
	var as []Arch
	for _, v := range []struct {
		name string
		out  [5]int
	}{
		{"x0_5", [5]int{24, 48, 96, 192, 1024}}, {"x1_0", [5]int{24, 116, 232, 464, 1024}},
		{"x1_5", [5]int{24, 176, 352, 704, 1024}}, {"x2_0", [5]int{24, 244, 488, 976, 2048}},
	} {
		as = append(as, Arch{Name: "shufflenet_v2_" + v.name, Size: 224, LastStage: "stage4", Classifier: "fc", build: func(b *builder, x *graph.Value) *graph.Value {
			x = b.unit("conv1", x, layer{out: v.out[0], k: 3, stride: 2}, torchNorm, doRelu)
			x = b.maxPool("maxpool", x, 3, 2, 1, false)
			for i, n := range []int{4, 8, 4} {
				for j := range n {
					x = b.shuffleUnit(fmt.Sprintf("stage%d.%d", i+2, j), x, v.out[i+1], j == 0)
				}
			}
			x = b.unit("conv5", x, pointwise(v.out[4]), torchNorm, doRelu)
			return b.classifier("fc", x, 0)
		}})
	}
	return as
}

// shuffleUnit works on half of the channels, or with stride 2 on all of them twice,
// and shuffles the halves.
func (b *builder) shuffleUnit(name string, x *graph.Value, out int, first bool) *graph.Value {
	if b.err != nil {
		return nil
	}
	half, stride := out/2, 1
	var left *graph.Value
	right := x
	if first {
		stride = 2
		left = b.norm(name+".branch1.1", b.conv(name+".branch1.0", x, layer{k: 3, stride: 2, depthwise: true}), torchNorm)
		left = b.norm(name+".branch1.3", b.conv(name+".branch1.2", left, pointwise(half)), torchNorm)
		left = doRelu(b, name+".branch1.4", left)
	} else {
		left = b.channels(name+".left", x, 0, half)
		right = b.channels(name+".right", x, half, out)
	}
	right = b.norm(name+".branch2.1", b.conv(name+".branch2.0", right, pointwise(half)), torchNorm)
	right = doRelu(b, name+".branch2.2", right)
	right = b.norm(name+".branch2.4", b.conv(name+".branch2.3", right, layer{k: 3, stride: stride, depthwise: true}), torchNorm)
	right = b.norm(name+".branch2.6", b.conv(name+".branch2.5", right, pointwise(half)), torchNorm)
	right = doRelu(b, name+".branch2.7", right)
	return b.shuffle(name+".shuffle", b.concat(name, left, right))
}

func (b *builder) channels(name string, x *graph.Value, from, to int) *graph.Value {
	return b.add(name, graph.Slice{Axes: []int{1}, Start: []int{from}, End: []int{to}, Step: []int{1}}, x)
}

// shuffle interleaves the halves of the channels.
func (b *builder) shuffle(name string, x *graph.Value) *graph.Value {
	if b.err != nil {
		return nil
	}
	c, h, w := x.Shape[1], x.Shape[2], x.Shape[3]
	x = b.add(name+".split", graph.Reshape{Shape: []int{0, 2, c / 2, h, w}}, x)
	x = b.add(name+".swap", graph.Transpose{Perm: []int{0, 2, 1, 3, 4}}, x)
	return b.add(name, graph.Reshape{Shape: []int{0, c, h, w}}, x)
}
