// Package metrics turns class probabilities and labels into the figures that a
// run reports, and decides which epoch was best and when to stop.
//
//	probs  [N K] float32, row-major, rows sum to 1      labels [N], 0 ≤ label < K
//
// A figure that the data do not define (AUC with one class present, the
// precision of a class never predicted) is NaN, and the files show null.
// Everything is computed in float64, in the order of the rows.
package metrics
