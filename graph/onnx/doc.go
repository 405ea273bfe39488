// Package onnx reads ONNX files into graphs and writes graphs as ONNX files.
//
//	m, err := onnx.Read("net.onnx", onnx.Options{Batch: 8})
//	m.Graph    the network for 8 pictures; graph.Rebatch makes another size
//	m.Report   every rewrite that was made; which kind of norms the net has
//	err = onnx.Write(w, g, onnx.Meta{Props: map[string]string{"gotl.classes": "a,b"}})
//
// # Reading
//
// A file passes four stages, each of which may refuse it:
//
//	scan     wire.go      the bytes: nesting, counts, names, sizes; weights are set aside, not copied
//	decode   tensor.go    TensorProto to graph.Tensor, external data beneath the file's folder only
//	import   importer.go  node by node, in order: fold, or convert by the operator table (ops.go)
//	rewrite  rewrite.go   scale and shift into BatchNorm, hard-swish from its pieces, dead nodes dropped
//
// What depends on no input is folded. Small results are computed at once; large
// ones stay expressions (expr.go) that a back end evaluates block by block into
// its own buffer, so a file of a few kB that stands for a 500 MB network costs
// a few kB here.
//
// The batch is symbolic without symbols: the importer walks the graph at two batch
// sizes at once. What agrees at both is fixed; a dimension that follows the batch
// must be dimension 0. Files exported for one fixed batch are re-batched: a
// literal batch at the front of a Reshape becomes a copy of the input's. A
// network that mixes rows of a batch is refused.
//
// Rules are chosen per operator and opset (7 to 22 is the tested range), never per
// model. Nothing in a file is executed and no file outside its folder is opened.
//
// # Errors
//
// All errors are *fault.Error or wrap its sentinels: ErrMalformed (not the
// format), ErrLimit (over a limit of limits.go), ErrShape and ErrModel (the file
// contradicts itself), ErrUnsupported (named operator, node and opset).
package onnx
