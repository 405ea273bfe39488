package ref

import "github.com/gotl-gpu/gotl-gpu/graph"

func concat(o graph.Concat, in, out []*array) {
	outer, n, inner := around(out[0].Shape, o.Axis)
	at := 0
	for _, part := range in {
		_, k, _ := around(part.Shape, o.Axis)
		for r := range outer {
			copyRun(out[0], (r*n+at)*inner, part, r*k*inner, k*inner)
		}
		at += k
	}
}

func split(o graph.Split, in, out []*array) {
	outer, n, inner := around(in[0].Shape, o.Axis)
	at := 0
	for i, part := range out {
		k := o.Sizes[i]
		for r := range outer {
			copyRun(part, r*k*inner, in[0], (r*n+at)*inner, k*inner)
		}
		at += k
	}
}
