// Package onnxtest runs the ONNX test material of the asset folder on any back
// end: networks with golden outputs, the node tests of the ONNX project, exports
// of real topologies, nets with computed weights. It is used by tests only.
//
// Suites list their folder and name no file, so that new cases of a kind are
// picked up by being there. Each ends with "N passed, N failed, N refused".
package onnxtest
