// Package ort runs ONNX models in ONNX Runtime, the outside judge of the tests and
// a peer of the benchmarks. It is no part of the product.
//
// The library is loaded at run time from $GOTL_ORT_PATH (a file or its folder), the
// module's .deps/ort (make deps-ort), or ../.deps/ort beside the binary; [Available]
// tells. Without it a test says "ort: not checked" and skips, as [Need] does.
//
// Only the few entries of the C interface that are used are declared here, by their
// place in OrtApi, which never changes (functions are only appended). Numbers:
// onnxruntime_c_api.h of ONNX Runtime 1.x.
package ort
