//go:build !race

package onnx

const slack = 1
