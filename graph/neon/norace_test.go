//go:build !race

package neon_test

const slack = 1
