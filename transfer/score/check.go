package score

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// check refuses what has no score. It returns the number of rows.
func check(x []float64, dim int, labels []int, classes int) error {
	n := len(labels)
	if dim < 1 || classes < 1 || len(x) != n*dim {
		return fmt.Errorf("%w: score of %d values for %d labels of %d classes and width %d", fault.ErrInternal, len(x), n, classes, dim)
	}
	seen := map[int]bool{}
	for i, y := range labels {
		if y < 0 || y >= classes {
			return fmt.Errorf("%w: label %d of row %d, want 0 to %d", fault.ErrInternal, y, i, classes-1)
		}
		seen[y] = true
	}
	if len(seen) < 2 {
		return fmt.Errorf("%w: a score needs two classes, there are rows of %d", fault.ErrData, len(seen))
	}
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: value %v in row %d, column %d", fault.ErrData, v, i/dim, i%dim)
		}
	}
	return nil
}
