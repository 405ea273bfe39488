// Package graph is the meaning of a network: a typed, static graph of operators
// on fixed shapes, the passes that turn it into something a device can run, and
// the interfaces of the devices.
//
//	Graph    values (inputs, constants, state, results) and nodes in topological order
//	Op       attributes of one operator, its shape rule and its gradient rule (op_NAME.go)
//	Program  a Graph plus the state updates of one step: what a Backend compiles
//
// Tensors are dense and row-major; images are N C H W. A backend may keep any
// layout inside; what enters and leaves (Bind, Read) is row-major.
//
// Dimension 0 of every batched input is the batch. A graph has one batch size at
// a time; Rebatch makes the same network for another one.
//
// A Graph owns its nodes and values; passes never change their argument but
// return a new Graph. Constants are shared, so they must not be written to.
// Nothing here is safe for concurrent mutation; a finished Graph may be read by
// many goroutines.
package graph
