// Package direct uses a trained classifier as it is: it maps the classes that a network
// knows to those that are asked for.
//
// The score of a target class is the sum of the mapped source probabilities. A map comes
// from equal names, from a file, or from labelled pictures.
package direct
