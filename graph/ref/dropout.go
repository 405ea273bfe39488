package ref

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

func dropoutTrain(o graph.DropoutTrain, in, out []*array) {
	x, y, rng := in[0], out[0], in[1].i
	row := x.Shape[1:].Len()
	scale := 1 / (1 - float64(o.P))
	for i := range x.Shape[0] {
		for j := range row {
			counter := [4]uint32{uint32(j / 4), uint32(rng[2+i]), uint32(rng[1]), o.Tag}
			word := philox.Words(uint64(rng[0]), counter)[j%4]
			if philox.Unit(word) >= o.P {
				y.f[i*row+j] = x.f[i*row+j] * scale
			}
		}
	}
}
