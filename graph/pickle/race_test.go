//go:build race

package pickle_test

// slack is how much slower the race detector may make things.
const slack = 10
