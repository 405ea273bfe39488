// Package throughput times the engine on one network: the tasks of training and
// inference, compiled by the same passes as in a job, on random pictures.
//
//	n, err := throughput.Zoo("resnet18", 32)       or throughput.Open("net.onnx", 32)
//	b, err := throughput.Prepare(backend, n, throughput.Last)
//	r, err := b.Round(ctx, 4, 3)                   at least 4 s and 3 steps
//	float64(b.Batch) / r.Best                       img/s
//
// Where a task cuts the network:
//
//	input ── prefix ── Boundary ── last stage ── Features ── linear layer ── Logits
//	full, affine       everything trains; full with batch statistics and dropout
//	last               last stage and linear layer train, prefix in inference form
//	head               linear layer trains, the rest in inference form
//	cached-last        as last, the boundary is an input: the prefix is not there
//	cached-head        as head, the features are an input
//	infer              inference form
//
// A Bench belongs to the locked OS thread that prepared it.
package throughput
