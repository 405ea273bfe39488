// Package score estimates without training how well features or a network's own
// answers transfer to labels: LogME, a regularised H-score, LEEP and NCE. They rank
// source networks, or depths of one network; they do not rank schemes, and none wins
// everywhere (arXiv:2204.01403).
//
//	F [n D] features, row-major      θ [n Z] probabilities, row-major      labels [n]
//
// All arithmetic is float64. Errors: fault.ErrData for what has no score (no rows, one
// class, values that are not finite); fault.ErrInternal for lengths that do not fit.
package score
