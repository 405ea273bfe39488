//go:build invariants

package dnnl

// invariants turns on checks of our own rules: one thread, no double close, no
// pointer into Go memory, counters that never go negative.
const invariants = true
