// Package pb is Go code generated from the official ONNX schema. onnx.proto is
// the file onnx-ml.proto of the Python package onnx 1.23.2 (Apache-2.0), unchanged.
// Made with protoc of grpcio-tools and protoc-gen-go v1.36.12 (their versions stand
// in onnx.pb.go). It belongs to graph/onnx alone: no other package may see protobuf messages.
package pb

//go:generate protoc --go_out=. --go_opt=paths=source_relative --go_opt=Monnx.proto=github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb;pb onnx.proto
