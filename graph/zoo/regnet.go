package zoo

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// regNets returns torchvision's RegNets X and Y.
// Source: arXiv:2003.13678; torchvision/models/regnet.py.
func regNets() []Arch {
	var as []Arch
	for _, v := range []struct {
		name      string
		depth, w0 int
		wa, wm    float64
		group     int
		excite    bool
	}{
		{"y_400mf", 16, 48, 27.89, 2.09, 8, true}, {"y_800mf", 14, 56, 38.84, 2.4, 16, true}, {"y_1_6gf", 27, 48, 20.71, 2.65, 24, true},
		{"y_3_2gf", 21, 80, 42.63, 2.66, 24, true}, {"y_8gf", 17, 192, 76.82, 2.19, 56, true}, {"y_16gf", 18, 200, 106.23, 2.48, 112, true},
		{"y_32gf", 20, 232, 115.89, 2.53, 232, true}, {"y_128gf", 27, 456, 160.83, 2.52, 264, true},
		{"x_400mf", 22, 24, 24.48, 2.54, 16, false}, {"x_800mf", 16, 56, 35.73, 2.28, 16, false}, {"x_1_6gf", 18, 80, 34.01, 2.25, 24, false},
		{"x_3_2gf", 25, 88, 26.31, 2.25, 48, false}, {"x_8gf", 23, 80, 49.56, 2.88, 120, false}, {"x_16gf", 22, 216, 55.59, 2.1, 128, false},
		{"x_32gf", 23, 320, 69.86, 2.0, 168, false},
	} {
		widths, depths := regWidths(v.depth, v.w0, v.wa, v.wm)
		size := 224
		if v.name == "y_128gf" {
			size = 384 // its only published weights
		}
		as = append(as, Arch{Name: "regnet_" + v.name, Size: size, LastStage: fmt.Sprintf("trunk_output.block%d", len(widths)), Classifier: "fc",
			build: func(b *builder, x *graph.Value) *graph.Value {
				x = b.unit("stem", x, layer{out: 32, k: 3, stride: 2}, torchNorm, doRelu)
				for i, w := range widths {
					g := min(v.group, w)
					for j := range depths[i] {
						stride := 2
						if j > 0 {
							stride = 1
						}
						x = b.regBlock(fmt.Sprintf("trunk_output.block%d.block%d-%d", i+1, i+1, j), x, multipleOf(float64(w), g), stride, g, v.excite)
					}
				}
				return b.classifier("fc", x, 0)
			}})
	}
	return as
}

// regWidths quantises w0 + wa·i to w0·wm^k, rounded to multiples of 8, and counts the
// blocks of each width.
func regWidths(depth, w0 int, wa, wm float64) (widths, depths []int) {
	for i := range depth {
		k := math.RoundToEven(math.Log((float64(w0)+wa*float64(i))/float64(w0)) / math.Log(wm))
		w := 8 * int(math.RoundToEven(float64(w0)*math.Pow(wm, k)/8))
		if n := len(widths); n == 0 || widths[n-1] != w {
			widths, depths = append(widths, w), append(depths, 0)
		}
		depths[len(depths)-1]++
	}
	return widths, depths
}

// regBlock is a bottleneck that does not narrow.
func (b *builder) regBlock(name string, x *graph.Value, out, stride, group int, excite bool) *graph.Value {
	if b.err != nil {
		return nil
	}
	skip, in := x, x.Shape[1]
	if stride != 1 || in != out {
		skip = b.unit(name+".proj", x, layer{out: out, k: 1, stride: stride}, torchNorm, nil)
	}
	y := b.unit(name+".f.a", x, pointwise(out), torchNorm, doRelu)
	y = b.unit(name+".f.b", y, layer{out: out, k: 3, stride: stride, groups: out / group}, torchNorm, doRelu)
	if excite {
		y = b.squeezeExcite(name+".f.se", "fc1", "fc2", y, int(math.RoundToEven(float64(in)/4)), doRelu, doSigmoid)
	}
	y = b.unit(name+".f.c", y, pointwise(out), torchNorm, nil)
	return doRelu(b, name+".activation", b.plus(name+".add", skip, y))
}
