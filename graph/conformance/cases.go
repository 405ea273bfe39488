package conformance

import (
	"fmt"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// Cases returns all cases of all operators.
func Cases() []Case {
	return slices.Concat(
		actCases(), batchNormCases(), binaryCases(), blendCases(), concatCases(), convCases(),
		dropoutCases(), expandCases(), foldNormCases(), fusedBatchNormCases(), fusedConvCases(), gemmCases(), identityCases(), integerCases(),
		lossCases(), lrnCases(), optimCases(), padCases(), poolCases(), reduceCases(), reshapeCases(),
		sliceCases(), softmaxCases(), transposeCases(),
	)
}

// random returns a case whose inputs are standard normal.
func random(name string, op graph.Op, wrt []int, shapes ...[]int) Case {
	c := Case{Name: name, Op: op, Wrt: wrt}
	for i, s := range shapes {
		if s == nil {
			c.In = append(c.In, nil)
			continue
		}
		c.In = append(c.In, Normal(fmt.Sprintf("%s/%s/x%d", op.Kind(), name, i), s...))
	}
	return c
}

// params marks inputs but the first as parameters.
func params(c Case) Case {
	c.Params = true
	return c
}

// want sets results worked by hand.
func want(c Case, w ...*graph.Tensor) Case {
	c.Want = w
	return c
}
