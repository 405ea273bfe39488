//go:build race

package neon_test

// slack is how much slower the race detector may make things.
const slack = 10
