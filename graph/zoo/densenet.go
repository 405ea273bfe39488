package zoo

import (
	"fmt"
	"regexp"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// denseNets returns torchvision's DenseNets.
// Source: arXiv:1608.06993; torchvision/models/densenet.py.
func denseNets() []Arch {
	var as []Arch
	for _, v := range []struct {
		depth, growth, stem int
		blocks              [4]int
	}{
		{121, 32, 64, [4]int{6, 12, 24, 16}}, {161, 48, 96, [4]int{6, 12, 36, 24}},
		{169, 32, 64, [4]int{6, 12, 32, 32}}, {201, 32, 64, [4]int{6, 12, 48, 32}},
	} {
		as = append(as, Arch{Name: fmt.Sprintf("densenet%d", v.depth), Size: 224, LastStage: "features.denseblock4", Classifier: "classifier", rename: denseKey,
			build: func(b *builder, x *graph.Value) *graph.Value {
				x = b.norm("features.norm0", b.conv("features.conv0", x, layer{out: v.stem, k: 7, stride: 2}), torchNorm)
				x = b.maxPool("features.pool0", doRelu(b, "features.relu0", x), 3, 2, 1, false)
				for i, n := range v.blocks {
					for j := range n {
						x = b.denseLayer(fmt.Sprintf("features.denseblock%d.denselayer%d", i+1, j+1), x, v.growth)
					}
					if i < 3 {
						x = b.transition(fmt.Sprintf("features.transition%d", i+1), x)
					}
				}
				x = doRelu(b, "relu", b.norm("features.norm5", x, torchNorm))
				return b.classifier("classifier", x, 0)
			}})
	}
	return as
}

// denseLayer appends growth channels to x.
func (b *builder) denseLayer(name string, x *graph.Value, growth int) *graph.Value {
	y := doRelu(b, name+".relu1", b.norm(name+".norm1", x, torchNorm))
	y = b.conv(name+".conv1", y, layer{out: 4 * growth, k: 1, stride: 1})
	y = doRelu(b, name+".relu2", b.norm(name+".norm2", y, torchNorm))
	return b.concat(name, x, b.conv(name+".conv2", y, layer{out: growth, k: 3, stride: 1}))
}

// transition halves channels and extents.
func (b *builder) transition(name string, x *graph.Value) *graph.Value {
	if b.err != nil {
		return nil
	}
	half := x.Shape[1] / 2
	x = doRelu(b, name+".relu", b.norm(name+".norm", x, torchNorm))
	x = b.conv(name+".conv", x, layer{out: half, k: 1, stride: 1})
	return b.averagePool(name+".pool", x, 2, 2, 0)
}

var oldDense = regexp.MustCompile(`^(.*denselayer\d+\.(?:norm|conv))\.([12]\..*)$`)

// denseKey turns keys of the published files ("norm.1.weight") into today's.
func denseKey(key string) string { return oldDense.ReplaceAllString(key, "$1$2") }
