// Package probe measures how well labels can be told from fixed features: a linear
// classifier and nearest neighbours, judged out of fold, groups kept together.
//
//	X [n D] features, row-major float64      Labels, Group [n]
//
// Results are functions of their inputs; folds run side by side and change no bit.
package probe
