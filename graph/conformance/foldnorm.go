package conformance

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// foldNormCases holds weights of dense, pointwise, depthwise and linear layers, with
// row counts that fill blocks of 8 and 16 and that do not.
func foldNormCases() []Case {
	var cs []Case
	for _, s := range [][]int{{16, 3, 3, 3}, {32, 16, 1, 1}, {17, 5, 3, 3}, {24, 1, 3, 3}, {33, 1, 5, 5}, {9, 2, 3, 3}, {4, 3, 5}, {6, 7}} {
		cs = append(cs, foldNormRandom(s, false), foldNormRandom(s, true))
	}
	return append(cs, foldNormByHand())
}

func foldNormRandom(s []int, bias bool) Case {
	name, k := graph.Shape(s).String(), s[0]
	shapes := [][]int{s, dims(k), dims(k), dims(k), dims(k)}
	wrt := []int{0, 1, 2}
	if bias {
		name += " bias"
		shapes, wrt = append(shapes, dims(k)), append(wrt, 5)
	}
	c := random(name, graph.FoldNorm{Eps: 1e-3}, wrt, shapes...)
	c.In[4] = Uniform("variance"+name, 0.3, 2, k)
	return params(c)
}

// s = 4/√(3+1) = 2: w' = 2·(1, -3), b' = (5 − 1)·2 + 7.
func foldNormByHand() Case {
	return params(Case{
		Name: "by hand", Op: graph.FoldNorm{Eps: 1},
		In:   []*graph.Tensor{f32(dims(1, 2), 1, -3), fill(4, 1), fill(7, 1), fill(1, 1), fill(3, 1), fill(5, 1)},
		Want: []*graph.Tensor{f32(dims(1, 2), 2, -6), fill(15, 1)},
	})
}
