package zoo

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// liteNorm is TensorFlow's: eps 1e-3, momentum .99.
var liteNorm = normRule{1e-3, .99}

// efficientNetLites returns EfficientNet-Lite0 to 4: EfficientNet without squeeze
// and excitation, ReLU6 for swish, stem and head not scaled, SAME padding. Training
// has no drop-connect here. Source: github.com/tensorflow/tpu,
// models/official/efficientnet/lite; names of PyPI efficientnet-lite-pytorch.
func efficientNetLites() []Arch {
	var as []Arch
	for i, v := range []struct {
		width, depth float64
		size, last   int // last: number of the last block
		drop         float32
	}{{1, 1, 224, 15, .2}, {1, 1.1, 240, 20, .2}, {1.1, 1.2, 260, 20, .3}, {1.2, 1.4, 280, 23, .3}, {1.4, 1.8, 300, 29, .3}} {
		as = append(as, Arch{Name: fmt.Sprintf("efficientnet_lite%d", i), Size: v.size, LastStage: fmt.Sprintf("_blocks.%d", v.last), Classifier: "_fc",
			build: func(b *builder, x *graph.Value) *graph.Value {
				x = b.lite("_conv_stem", "_bn0", "_relu6", x, layer{out: 32, k: 3, stride: 2, same: true})
				x = b.liteBlocks(x, v.width, v.depth)
				x = b.lite("_conv_head", "_bn1", "_relu6", x, layer{out: 1280, k: 1, stride: 1})
				return b.classifier("_fc", x, v.drop)
			}})
	}
	return as
}

// liteStages is EfficientNet-B0's table.
var liteStages = []struct{ blocks, k, stride, expand, out int }{
	{1, 3, 1, 1, 16}, {2, 3, 2, 6, 24}, {2, 5, 2, 6, 40}, {3, 3, 2, 6, 80}, {3, 5, 1, 6, 112}, {4, 5, 2, 6, 192}, {1, 3, 1, 6, 320},
}

// liteBlocks builds the stages; the first and the last keep their depth.
func (b *builder) liteBlocks(x *graph.Value, width, depth float64) *graph.Value {
	at := 0
	for i, s := range liteStages {
		n := s.blocks
		if i > 0 && i < len(liteStages)-1 {
			n = int(math.Ceil(depth * float64(n)))
		}
		for j := range n {
			l := layer{k: s.k, stride: 1, depthwise: true, same: true}
			if j == 0 {
				l.stride = s.stride
			}
			x = b.liteBlock(fmt.Sprintf("_blocks.%d", at), x, s.expand, multipleOf8(float64(s.out)*width), l)
			at++
		}
	}
	return x
}

// liteBlock is a mobile inverted bottleneck: widen, depthwise dw, narrow.
func (b *builder) liteBlock(name string, x *graph.Value, expand, out int, dw layer) *graph.Value {
	if b.err != nil {
		return nil
	}
	y := x
	if expand != 1 {
		y = b.lite(name+"._expand_conv", name+"._bn0", name+"._relu6", y, layer{out: x.Shape[1] * expand, k: 1, stride: 1})
	}
	y = b.lite(name+"._depthwise_conv", name+"._bn1", name+"._relu6", y, dw)
	y = b.norm(name+"._bn2", b.conv(name+"._project_conv", y, layer{out: out, k: 1, stride: 1}), liteNorm)
	if dw.stride == 1 && x.Shape[1] == out {
		return b.plus(name+".add", y, x)
	}
	return y
}

// lite is convolution, norm and ReLU6.
func (b *builder) lite(conv, norm, act string, x *graph.Value, l layer) *graph.Value {
	return b.add(act, relu6, b.norm(norm, b.conv(conv, x, l), liteNorm))
}

// multipleOf8 rounds channels to a multiple of 8, down by at most a tenth.
func multipleOf8(c float64) int { return multipleOf(c, 8) }

func multipleOf(c float64, d int) int {
	n := max(d, int(c+float64(d)/2)/d*d)
	if float64(n) < .9*c {
		n += d
	}
	return n
}
