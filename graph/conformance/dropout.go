package conformance

import "github.com/gotl-gpu/gotl-gpu/graph"

// rng is seed, epoch and the sample of each row.
func rng(seed, epoch int64, samples ...int64) *graph.Tensor {
	r := append([]int64{seed, epoch}, samples...)
	return i64(dims(len(r)), r...)
}

// Philox4x32-10 with key 0 and counter 0 gives 6627e8d5 e169c58d bc57ac4c 9b00dbd8
// (known answer of Random123): as fractions 0.399 0.881 0.736 0.605, so P = 0.6
// drops the first of four ones and makes the others 1/0.4.
func dropoutCases() []Case {
	drop := graph.DropoutTrain{P: 0.5, Tag: 0x9E3779B9}
	whole := Normal("dropout", 3, 5, 2, 3)
	cs := []Case{
		{Name: "known answer", Op: graph.DropoutTrain{P: 0.6}, In: []*graph.Tensor{fill(1, 1, 4), rng(0, 0, 0)},
			Want: []*graph.Tensor{f32(dims(1, 4), 0, 2.5, 2.5, 2.5)}, Wrt: []int{0}},
		{Name: "keeps all", Op: graph.DropoutTrain{P: 0}, In: []*graph.Tensor{whole, rng(1, 2, 3, 4, 5)},
			Want: []*graph.Tensor{whole}, Wrt: []int{0}},
		{Name: "rank 4", Op: drop, In: []*graph.Tensor{whole, rng(7, 3, 100, 2, 50)}, Wrt: []int{0}},
		{Name: "large seed", Op: drop, In: []*graph.Tensor{Normal("dropout row", 2, 133), rng(-3, 1<<31, 1<<32-1, 0)}, Wrt: []int{0}},
		{Name: "marker", Op: graph.Dropout{P: 0.5}, In: []*graph.Tensor{whole}, Want: []*graph.Tensor{whole}, Wrt: []int{0}},
	}
	return cs
}
