package ref

import "github.com/gotl-gpu/gotl-gpu/graph"

func fusedConv(o graph.FusedConv, in, out []*array) {
	conv(o.Conv, in, out)
	y, f := out[0], actFn(o.Act)
	for i, v := range y.f {
		if len(in) > 3 && in[3] != nil {
			v += in[3].f[i]
		}
		y.f[i] = f(v)
	}
}
