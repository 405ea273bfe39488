package optim

import (
	"fmt"
	"math"
)

// Step multiplies by Gamma after every Every epochs: γ^⌊epoch/s⌋.
type Step struct {
	Every         int // epochs
	Gamma         float64
	StepsPerEpoch int // optimiser steps
}

// At implements [Schedule].
func (s Step) At(step, _ int) Point {
	epoch := max(step, 0) / max(s.StepsPerEpoch, 1)
	return Point{LR: math.Pow(s.Gamma, float64(epoch/max(s.Every, 1)))}
}

func (s Step) String() string { return fmt.Sprintf("step:%d:%g", s.Every, s.Gamma) }
