//go:build race

package onnx

// slack is how much slower the race detector may make things.
const slack = 10
