//go:build !race

package weights_test

const slack = 1
