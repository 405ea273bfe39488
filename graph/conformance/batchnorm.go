package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// x = (1..12)²/10 as [2 3 2], dy = cos(0..11), scale 1 -2 0.5, bias 0 1 2, eps 1e-3:
// torch.nn.BatchNorm1d(3, eps=1e-3, momentum=0.1) of PyTorch 2.15 in training,
// then in evaluation with the running statistics that step left.
var (
	bnX  = []float32{0.1, 0.4, 0.9, 1.6, 2.5, 3.6, 4.9, 6.4, 8.1, 10, 12.1, 14.4}
	bnDy = []float32{1, 0.54030234, -0.41614684, -0.9899925, -0.65364361, 0.2836622,
		0.96017027, 0.75390226, -0.14550003, -0.91113025, -0.83907151, 0.004425698}
	bnTrainY = []float32{-1.0349277, -0.92598802, 3.1436028, 2.7905388, 1.4545428, 1.560738,
		0.70810843, 1.2528073, -0.48791263, -1.446229, 2.3813374, 2.6033819}
	bnTrainDx = []float32{0.076066941, -0.09174601, -0.1154685, 0.17640744, -0.038524777, 0.052838955,
		0.047495272, -0.031816166, -0.22686583, 0.16592696, -0.048788141, 0.034473967}
	bnEvalY = []float32{-0.14102325, 0.07593558, 0.55524266, -0.25340724, 2.3981624, 2.6580904,
		3.330318, 4.415112, -7.7622991, -9.9572058, 4.6666245, 5.2101102}
	bnEvalDx = []float32{0.72319609, 0.39074454, 0.4807387, 1.1436533, -0.15445477, 0.06702885,
		0.69439137, 0.54521918, 0.16808368, 1.0525504, -0.19827104, 0.0010457842}
	bnScale, bnBias = f32(dims(3), 1, -2, 0.5), f32(dims(3), 0, 1, 2)
	bnRunMean       = f32(dims(3), 0.29500002, 0.51500005, 0.815)
	bnRunVar        = f32(dims(3), 1.911, 2.9963334, 4.4763331)
	bnDbias         = f32(dims(3), 3.2543747, -2.4627695, -1.2046273)
	// of each channel (0.1+0.4+4.9+6.4)/4 ...; PyTorch's running mean is a tenth of it
	bnMean = f32(dims(3), 2.95, 5.15, 8.15)
	bnVar  = f32(dims(3), 7.5825, 15.7225, 26.8225)
)

func batchNormCases() []Case {
	x := f32(dims(2, 3, 2), bnX...)
	dy := f32(dims(2, 3, 2), bnDy...)
	grad := func(o graph.BatchNormGrad, mean, variance *graph.Tensor) Case {
		return Case{Op: o, In: []*graph.Tensor{x, bnScale, mean, variance, dy}}
	}
	train := grad(graph.BatchNormGrad{Eps: 1e-3, Batch: true}, bnMean, bnVar)
	eval := grad(graph.BatchNormGrad{Eps: 1e-3}, bnRunMean, bnRunVar)
	train.Name, eval.Name = "PyTorch training", "PyTorch evaluation"
	train.Tol = Tol{Max: 1e-5} // dx is a difference of larger numbers
	cs := []Case{
		params(Case{Name: "PyTorch evaluation", Op: graph.BatchNorm{Eps: 1e-3},
			In:   []*graph.Tensor{x, bnScale, bnBias, bnRunMean, bnRunVar},
			Want: []*graph.Tensor{f32(dims(2, 3, 2), bnEvalY...)}, Wrt: []int{0, 1, 2}}),
		params(Case{Name: "PyTorch training", Op: graph.BatchNormTrain{Eps: 1e-3}, In: []*graph.Tensor{x, bnScale, bnBias},
			Want: []*graph.Tensor{f32(dims(2, 3, 2), bnTrainY...), bnMean, bnVar}, Wrt: []int{0, 1, 2}, Dy: []int{0},
			Tol: Tol{Max: 1e-5}}),
		want(train, f32(dims(2, 3, 2), bnTrainDx...), f32(dims(3), 0.089157902, 0.1096746, -0.1707328), bnDbias),
		want(eval, f32(dims(2, 3, 2), bnEvalDx...), f32(dims(3), 6.4262404, -6.3421516, -4.5937252), bnDbias),
	}
	for _, s := range [][]int{{4, 3}, {2, 5, 7}, {2, 3, 4, 5}, {3, 17, 3, 3}, {1, 8, 6, 6}, {5, 16, 1, 2}, {2, 3, 2, 3, 4}} {
		cs = append(cs, batchNormRandom(s)...)
	}
	return cs
}

func batchNormRandom(s []int) []Case {
	name := graph.Shape(s).String()
	c := s[1]
	x := random(name, graph.BatchNorm{}, nil, s, dims(c), dims(c), dims(c)).In
	in := append(x, Uniform("variance"+name, 0.3, 2, c))
	eval := Case{Name: name, Op: graph.BatchNorm{Eps: 1e-5}, In: in, Wrt: []int{0, 1, 2}, Params: true}
	frozen := Case{Name: name + " frozen", Op: graph.BatchNorm{Eps: 1e-2}, In: in, Wrt: []int{0}, Params: true}
	train := Case{Name: name, Op: graph.BatchNormTrain{Eps: 1e-5}, In: in[:3], Wrt: []int{0, 1, 2}, Dy: []int{0},
		Params: true, Tol: Tol{Abs: 1e-6, Max: 2e-5}}
	return []Case{eval, frozen, train}
}

// 0.9·old + 0.1·scale·new by hand, and the running statistics of the case above:
// keep 0.9, scale 4/3 for the unbiased variance of 4 elements.
func blendCases() []Case {
	half := graph.Blend{Keep: 0.9, Scale: 1}
	return []Case{
		{Name: "by hand", Op: half, In: []*graph.Tensor{f32(dims(3), 1, -2, 0), f32(dims(3), 2, 3, 10)},
			Want: []*graph.Tensor{f32(dims(3), 1.1, -1.5, 1)}},
		{Name: "PyTorch running mean", Op: half, In: []*graph.Tensor{fill(0, 3), bnMean}, Want: []*graph.Tensor{bnRunMean}},
		{Name: "PyTorch running variance", Op: graph.Blend{Keep: 0.9, Scale: 4. / 3}, In: []*graph.Tensor{fill(1, 3), bnVar},
			Want: []*graph.Tensor{bnRunVar}},
		random(fmt.Sprint("random ", 17), half, nil, dims(17), dims(17)),
	}
}
