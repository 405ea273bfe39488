package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// lossCases: logits 1 2 -1, 0.5 -0.5 3, labels 1 0, class weights 1 2 0.5, smoothing
// 0.1. torch.nn.functional.cross_entropy of PyTorch 2.15 gives loss and gradient;
// q[i,c] = w[c]·(0.9·[c = label] + 0.1/3), inv = 1/(2+1).
func lossCases() []Case {
	z := f32(dims(2, 3), 1, 2, -1, 0.5, -0.5, 3)
	q := f32(dims(2, 3), 0.1/3, 2*(0.9+0.1/3), 0.05/3, 0.9+0.1/3, 0.2/3, 0.05/3)
	inv := fill(1./3, 1)
	uniform := fill(0.7, 2, 4) // ln 4 whatever the level
	cs := []Case{
		{Name: "PyTorch weights and smoothing", Op: graph.SoftmaxCrossEntropy{}, In: []*graph.Tensor{z, q, inv},
			Want: []*graph.Tensor{f32(dims(1), 1.1423758)}, Wrt: []int{0}},
		{Name: "PyTorch weights and smoothing", Op: graph.SoftmaxCrossEntropyGrad{}, In: []*graph.Tensor{z, q, inv, fill(1, 1)},
			Want: []*graph.Tensor{f32(dims(2, 3), 0.15467831, -0.17155983, 0.016881604, -0.28610152, -0.01302172, 0.29912326)},
			Tol:  Tol{Abs: 1e-6, Elem: 1e-5}},
		{Name: "uniform logits", Op: graph.SoftmaxCrossEntropy{}, Wrt: []int{0},
			In:   []*graph.Tensor{uniform, f32(dims(2, 4), 1, 0, 0, 0, 0, 0, 0.5, 0.5), fill(0.5, 1)},
			Want: []*graph.Tensor{f32(dims(1), 1.3862944)}},
		{Name: "padded row", Op: graph.SoftmaxCrossEntropy{}, Wrt: []int{0}, // −ln of 1/(1+e²); the second row weighs 0
			In:   []*graph.Tensor{f32(dims(2, 2), 1, 3, 100, -100), f32(dims(2, 2), 1, 0, 0, 0), fill(1, 1)},
			Want: []*graph.Tensor{f32(dims(1), 2.1269280)}},
		{Name: "large logits", Op: graph.SoftmaxCrossEntropy{}, Wrt: []int{0}, // 2000 apart, no overflow
			In:   []*graph.Tensor{f32(dims(1, 2), 1000, -1000), f32(dims(1, 2), 0, 1), fill(1, 1)},
			Want: []*graph.Tensor{f32(dims(1), 2000)}},
	}
	for _, s := range [][2]int{{1, 2}, {4, 3}, {8, 17}, {3, 1000}} {
		name := fmt.Sprint("random ", s)
		c := random(name, graph.SoftmaxCrossEntropy{}, []int{0}, dims(s[0], s[1]))
		c.In = append(c.In, Uniform("q"+name, 0, 2, s[0], s[1]), fill(1/float32(s[0]), 1))
		cs = append(cs, c)
	}
	return cs
}
