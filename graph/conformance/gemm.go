package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

func gemmCases() []Case {
	a, b := f32(dims(2, 3), 1, 2, 3, 4, 5, 6), f32(dims(3, 2), 1, 0, 2, 1, 0, -1)
	cs := []Case{ // 1·1+2·2, 1·2−3·1; 4+10, 5−6
		params(Case{Name: "by hand", Op: graph.Gemm{Alpha: 1}, In: []*graph.Tensor{a, b}, Want: []*graph.Tensor{f32(dims(2, 2), 5, -1, 14, -1)}}),
		params(Case{Name: "by hand 2·ab − c", Op: graph.Gemm{Alpha: 2, Beta: -1}, In: []*graph.Tensor{a, b, f32(dims(2), 1, 2)},
			Want: []*graph.Tensor{f32(dims(2, 2), 9, -4, 27, -4)}}),
	}
	for mask := range 4 {
		for _, ab := range [][2]float32{{1, 1}, {0.5, -2}, {2, 1}, {1, 0}} {
			for _, c := range [][]int{nil, dims(5), dims(4, 5), dims(4, 1), dims(1), dims(1, 5)} {
				cs = append(cs, gemmCase(graph.Gemm{TransA: mask&1 != 0, TransB: mask&2 != 0, Alpha: ab[0], Beta: ab[1]}, 4, 5, 3, c))
			}
		}
	}
	for _, s := range [][3]int{{1, 10, 64}, {8, 1000, 17}, {3, 17, 512}, {32, 3, 33}} { // classifiers
		cs = append(cs, params(gemmCase(graph.Linear, s[0], s[1], s[2], dims(s[1]))))
	}
	return cs
}

func gemmCase(o graph.Gemm, m, n, k int, c []int) Case {
	a, b := dims(m, k), dims(k, n)
	if o.TransA {
		a = dims(k, m)
	}
	if o.TransB {
		b = dims(n, k)
	}
	shapes, wrt := [][]int{a, b}, []int{0, 1}
	if c != nil {
		shapes = append(shapes, c)
		if o.Beta != 0 {
			wrt = append(wrt, 2)
		}
	}
	name := fmt.Sprintf("%dx%dx%d %v %v %g %g c %v", m, n, k, o.TransA, o.TransB, o.Alpha, o.Beta, graph.Shape(c))
	return random(name, o, wrt, shapes...)
}
