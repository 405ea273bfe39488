package zoo

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// mbStage is a stage of MBConv blocks, or of fused ones.
type mbStage struct {
	fused                          bool
	expand, k, stride, out, blocks int
}

// efficientNets returns torchvision's EfficientNets and EfficientNetV2s. Training has
// no stochastic depth here. Source: arXiv:1905.11946, 2104.00298;
// torchvision/models/efficientnet.py.
func efficientNets() []Arch {
	var as []Arch
	for i, v := range []struct {
		width, depth float64
		size         int
		drop         float32
	}{
		{1, 1, 224, .2}, {1, 1.1, 240, .2}, {1.1, 1.2, 288, .3}, {1.2, 1.4, 300, .3}, {1.4, 1.8, 380, .4},
		{1.6, 2.2, 456, .4}, {1.8, 2.6, 528, .5}, {2, 3.1, 600, .5},
	} {
		r := torchNorm
		if i >= 5 {
			r = normRule{1e-3, .99}
		}
		var stages []mbStage
		for _, s := range liteStages {
			stages = append(stages, mbStage{false, s.expand, s.k, s.stride, multipleOf8(float64(s.out) * v.width), int(math.Ceil(float64(s.blocks) * v.depth))})
		}
		as = append(as, efficientNet(fmt.Sprintf("efficientnet_b%d", i), v.size, multipleOf8(32*v.width), stages, 4*stages[6].out, v.drop, r))
	}
	v2 := normRule{1e-3, .9}
	return append(as, efficientNet("efficientnet_v2_s", 384, 24, []mbStage{
		{true, 1, 3, 1, 24, 2}, {true, 4, 3, 2, 48, 4}, {true, 4, 3, 2, 64, 4},
		{false, 4, 3, 2, 128, 6}, {false, 6, 3, 1, 160, 9}, {false, 6, 3, 2, 256, 15},
	}, 1280, .2, v2), efficientNet("efficientnet_v2_m", 480, 24, []mbStage{
		{true, 1, 3, 1, 24, 3}, {true, 4, 3, 2, 48, 5}, {true, 4, 3, 2, 80, 5},
		{false, 4, 3, 2, 160, 7}, {false, 6, 3, 1, 176, 14}, {false, 6, 3, 2, 304, 18}, {false, 6, 3, 1, 512, 5},
	}, 1280, .3, v2), efficientNet("efficientnet_v2_l", 480, 32, []mbStage{
		{true, 1, 3, 1, 32, 4}, {true, 4, 3, 2, 64, 7}, {true, 4, 3, 2, 96, 7},
		{false, 4, 3, 2, 192, 10}, {false, 6, 3, 1, 224, 19}, {false, 6, 3, 2, 384, 25}, {false, 6, 3, 1, 640, 7},
	}, 1280, .4, v2))
}

func efficientNet(name string, size, stem int, stages []mbStage, head int, drop float32, r normRule) Arch {
	return Arch{Name: name, Size: size, LastStage: fmt.Sprintf("features.%d", len(stages)), Classifier: "classifier.1", build: func(b *builder, x *graph.Value) *graph.Value {
		x = b.unit("features.0", x, layer{out: stem, k: 3, stride: 2}, r, doSiLU)
		for i, s := range stages {
			for j := range s.blocks {
				stride := s.stride
				if j > 0 {
					stride = 1
				}
				x = s.block(b, fmt.Sprintf("features.%d.%d", i+1, j), x, stride, r)
			}
		}
		x = b.unit(fmt.Sprintf("features.%d", len(stages)+1), x, pointwise(head), r, doSiLU)
		return b.classifier("classifier.1", x, drop)
	}}
}

// block is one MBConv: widen, depthwise, excite, narrow; fused, the first two are one.
func (s mbStage) block(b *builder, name string, x *graph.Value, stride int, r normRule) *graph.Value {
	if b.err != nil {
		return nil
	}
	in, at := x.Shape[1], -1
	next := func() string {
		at++
		return fmt.Sprintf("%s.block.%d", name, at)
	}
	wide := multipleOf8(float64(in * s.expand))
	y := x
	switch {
	case s.fused && wide == in:
		y = b.unit(next(), y, layer{out: s.out, k: s.k, stride: stride}, r, doSiLU)
	case s.fused:
		y = b.unit(next(), y, layer{out: wide, k: s.k, stride: stride}, r, doSiLU)
		y = b.unit(next(), y, pointwise(s.out), r, nil)
	default:
		if wide != in {
			y = b.unit(next(), y, pointwise(wide), r, doSiLU)
		}
		y = b.unit(next(), y, layer{k: s.k, stride: stride, depthwise: true}, r, doSiLU)
		y = b.squeezeExcite(next(), "fc1", "fc2", y, max(1, in/4), doSiLU, doSigmoid)
		y = b.unit(next(), y, pointwise(s.out), r, nil)
	}
	if stride == 1 && in == s.out {
		return b.plus(name+".add", y, x)
	}
	return y
}
