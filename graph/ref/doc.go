// Package ref is the reference back end: every operator of package graph in
// plain Go, written to be read. It is the oracle of the conformance suite and
// the evaluator of constant folding.
//
// Floating-point elements are float64 while an operator runs; each result is
// then rounded to its element type, so a float32 program has float32 storage and
// float64 accumulation. With CompileOptions.Precision = Float64 nothing is
// rounded and Bind and Read take Float32 values as Float32 or as Float64.
// With BFloat16 the values that graph.Half names are rounded to bfloat16, and so are
// the operands it names when they are read; all else is as in float32.
// Integers are int64 and wrap to their type.
//
// An operator is a function in the file of its name and a line in ops.go.
// Work is spread over goroutines only where each result is computed by one of
// them in a fixed order: the number of processors moves no bit.
package ref
