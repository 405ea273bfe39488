//go:build !invariants

package dnnl

const invariants = false
