package zoo

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// mnasNorm keeps .9997 of its statistics.
var mnasNorm = normRule{1e-5, .9997}

// mnasNets returns torchvision's MNASNets (B1, stem scaled).
// Source: arXiv:1807.11626; torchvision/models/mnasnet.py.
func mnasNets() []Arch {
	var as []Arch
	for _, v := range []struct {
		name  string
		width float64
	}{{"mnasnet0_5", .5}, {"mnasnet0_75", .75}, {"mnasnet1_0", 1}, {"mnasnet1_3", 1.3}} {
		as = append(as, Arch{Name: v.name, Size: 224, LastStage: "layers.13.0", Classifier: "classifier.1", build: func(b *builder, x *graph.Value) *graph.Value {
			w := func(c int) int { return multipleOf8(float64(c) * v.width) }
			x = b.mnasUnit("layers", 0, x, layer{out: w(32), k: 3, stride: 2}, true)
			x = b.mnasUnit("layers", 3, x, layer{k: 3, stride: 1, depthwise: true}, true)
			x = b.mnasUnit("layers", 6, x, layer{out: w(16), k: 1, stride: 1}, false)
			for i, s := range []struct{ out, k, stride, expand, blocks int }{
				{24, 3, 2, 3, 3}, {40, 5, 2, 3, 3}, {80, 5, 2, 6, 3}, {96, 3, 1, 6, 2}, {192, 5, 2, 6, 4}, {320, 3, 1, 6, 1},
			} {
				for j := range s.blocks {
					l := layer{k: s.k, stride: 1, depthwise: true}
					if j == 0 {
						l.stride = s.stride
					}
					x = b.mnasBlock(fmt.Sprintf("layers.%d.%d.layers", 8+i, j), x, s.expand, w(s.out), l, j > 0)
				}
			}
			x = b.mnasUnit("layers", 14, x, layer{out: 1280, k: 1, stride: 1}, true)
			return b.classifier("classifier.1", x, .2)
		}})
	}
	return as
}

// mnasUnit is the children at, at+1 and, rectified, at+2 of scope.
func (b *builder) mnasUnit(scope string, at int, x *graph.Value, l layer, rectified bool) *graph.Value {
	x = b.norm(fmt.Sprintf("%s.%d", scope, at+1), b.conv(fmt.Sprintf("%s.%d", scope, at), x, l), mnasNorm)
	if !rectified {
		return x
	}
	return doRelu(b, fmt.Sprintf("%s.%d", scope, at+2), x)
}

// mnasBlock is an inverted residual.
func (b *builder) mnasBlock(scope string, x *graph.Value, expand, out int, dw layer, skip bool) *graph.Value {
	if b.err != nil {
		return nil
	}
	y := b.mnasUnit(scope, 0, x, layer{out: x.Shape[1] * expand, k: 1, stride: 1}, true)
	y = b.mnasUnit(scope, 3, y, dw, true)
	y = b.mnasUnit(scope, 6, y, layer{out: out, k: 1, stride: 1}, false)
	if skip || dw.stride == 1 && x.Shape[1] == out {
		return b.plus(scope+".add", y, x)
	}
	return y
}
