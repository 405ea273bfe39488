package optim

import "fmt"

// Warmup rises linearly for Steps steps from From to the first rate of Then,
// which runs on the rest; with Absolute, Then counts from the beginning and
// lasts all of it (timm without warmup_prefix).
type Warmup struct {
	Steps    int     // optimiser steps
	From     float64 // factor on the base rate at step 0
	Then     Schedule
	Absolute bool
}

// At implements [Schedule].
func (s Warmup) At(step, total int) Point {
	step = max(step, 0)
	if step >= s.Steps {
		if s.Absolute {
			return s.Then.At(step, total)
		}
		return s.Then.At(step-s.Steps, total-s.Steps)
	}
	p := s.Then.At(0, total)
	p.LR = s.From + (p.LR-s.From)*float64(step)/float64(s.Steps)
	return p
}

func (s Warmup) String() string { return fmt.Sprintf("%v after %d warm-up steps", s.Then, s.Steps) }
