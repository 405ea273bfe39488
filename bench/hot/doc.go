// Package hot holds Go benchmarks of paths that no other package times: the cost of
// a step beside its arithmetic, and writing a checkpoint.
//
//	go test ./bench/hot -run '^$' -bench .
//
// Decoding, resizing and whole networks are timed in transfer/dataset/jpeg,
// transfer/dataset/resize, transfer/augment and dnnl.
package hot
