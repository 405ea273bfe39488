// Package suite compares gotl-gpu with its peers and keeps the results.
//
//	engine   one step of a task on a network: workers in turn (package bench/protocol)
//	job      whole jobs, process start to files on disk
//	cold     process start to the first answer; sizes
//
// A number counts only as a ratio: the sides run in turn, A B A B, each in a process
// that stays loaded, and the best round of each counts. Results are rows in
// bench/results/DATE-MACHINE.json; a row that is there is not measured again.
package suite
