//go:build !race

package pickle_test

const slack = 1
