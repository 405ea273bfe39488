package optim

import "fmt"

// Linear falls from 1 to Final: 1-(1-f)p.
type Linear struct{ Final float64 }

// At implements [Schedule].
func (s Linear) At(step, total int) Point {
	return Point{LR: 1 - (1-s.Final)*progress(step, total)}
}

func (s Linear) String() string { return fmt.Sprintf("linear:%g", s.Final) }
