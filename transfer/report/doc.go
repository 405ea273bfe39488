// Package report writes the files of a run directory that people and tools read
// (CLI page, section 4): tables, pictures, the summary, the training log.
//
// Whole files go through transfer/atomicfile; results.csv and metrics.jsonl are
// appended to, one record a call. A figure that is not known or not defined is
// NaN here, null in JSON and an empty cell in CSV: never 0. Equal input gives
// equal bytes, pictures included.
package report
