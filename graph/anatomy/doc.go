// Package anatomy finds the parts of a network: its classifier head, the tensors
// at which it can be cut, its blocks, its norms, its cost. It only reads graphs.
//
//	h, err := anatomy.FindHead(g, "")   classifier, its feature tensor, classes
//	cuts := anatomy.Cuts(g, h.Features)                    tensors every path crosses, in order
//	n := anatomy.CountNorms(g)                             bn, folded or plain
package anatomy
