package optim

import "fmt"

// PerEpoch holds the rate through an epoch, as torchvision and timm do: Of is
// asked for (epoch, epochs) instead of steps.
type PerEpoch struct {
	Of            Schedule
	StepsPerEpoch int // optimiser steps
}

// At implements [Schedule]. A last, shorter epoch counts as one.
func (s PerEpoch) At(step, total int) Point {
	n := max(s.StepsPerEpoch, 1)
	return s.Of.At(max(step, 0)/n, (total+n-1)/n)
}

func (s PerEpoch) String() string { return fmt.Sprintf("%v per epoch", s.Of) }
