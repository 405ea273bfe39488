package zoo

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// mobileNorm is MobileNetV3's.
var mobileNorm = normRule{1e-3, .99}

// bneck is a row of the paper's tables.
type bneck struct {
	k, wide, out int
	excite, hard bool // squeeze and excitation; hard swish instead of ReLU
	stride       int
}

// mobileNetV3s returns torchvision's MobileNetV3s.
// Source: arXiv:1905.02244; torchvision/models/mobilenetv3.py.
func mobileNetV3s() []Arch {
	large := []bneck{
		{3, 16, 16, false, false, 1}, {3, 64, 24, false, false, 2}, {3, 72, 24, false, false, 1},
		{5, 72, 40, true, false, 2}, {5, 120, 40, true, false, 1}, {5, 120, 40, true, false, 1},
		{3, 240, 80, false, true, 2}, {3, 200, 80, false, true, 1}, {3, 184, 80, false, true, 1}, {3, 184, 80, false, true, 1},
		{3, 480, 112, true, true, 1}, {3, 672, 112, true, true, 1},
		{5, 672, 160, true, true, 2}, {5, 960, 160, true, true, 1}, {5, 960, 160, true, true, 1},
	}
	small := []bneck{
		{3, 16, 16, true, false, 2}, {3, 72, 24, false, false, 2}, {3, 88, 24, false, false, 1},
		{5, 96, 40, true, true, 2}, {5, 240, 40, true, true, 1}, {5, 240, 40, true, true, 1},
		{5, 120, 48, true, true, 1}, {5, 144, 48, true, true, 1},
		{5, 288, 96, true, true, 2}, {5, 576, 96, true, true, 1}, {5, 576, 96, true, true, 1},
	}
	return []Arch{mobileNetV3("mobilenet_v3_large", large, 1280), mobileNetV3("mobilenet_v3_small", small, 1024)}
}

func mobileNetV3(name string, rows []bneck, last int) Arch {
	return Arch{Name: name, Size: 224, LastStage: fmt.Sprintf("features.%d", len(rows)-2), Classifier: "classifier.3", build: func(b *builder, x *graph.Value) *graph.Value {
		x = b.unit("features.0", x, layer{out: 16, k: 3, stride: 2}, mobileNorm, doHardSwish)
		for i, r := range rows {
			x = r.build(b, fmt.Sprintf("features.%d", i+1), x)
		}
		x = b.unit(fmt.Sprintf("features.%d", len(rows)+1), x, pointwise(6*rows[len(rows)-1].out), mobileNorm, doHardSwish)
		x = b.add("flatten", graph.Flatten{Axis: 1}, b.add("avgpool", graph.GlobalAveragePool{}, x))
		x = doHardSwish(b, "classifier.1", b.linear("classifier.0", "classifier.0", x, last))
		return b.logits("classifier.3", b.dropout("classifier.2", x, .2))
	}}
}

// build is an inverted residual, its children numbered as they come.
func (r bneck) build(b *builder, name string, x *graph.Value) *graph.Value {
	if b.err != nil {
		return nil
	}
	f, at := doRelu, -1
	if r.hard {
		f = doHardSwish
	}
	next := func() string {
		at++
		return fmt.Sprintf("%s.block.%d", name, at)
	}
	y := x
	if r.wide != x.Shape[1] {
		y = b.unit(next(), y, pointwise(r.wide), mobileNorm, f)
	}
	y = b.unit(next(), y, layer{k: r.k, stride: r.stride, depthwise: true}, mobileNorm, f)
	if r.excite {
		y = b.squeezeExcite(next(), "fc1", "fc2", y, multipleOf8(float64(r.wide/4)), doRelu, doHardSigmoid)
	}
	y = b.unit(next(), y, pointwise(r.out), mobileNorm, nil)
	if r.stride == 1 && x.Shape[1] == r.out {
		return b.plus(name+".add", y, x)
	}
	return y
}
