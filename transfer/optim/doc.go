// Package optim decides how a step changes the weights: the schedule of learning
// rate and momentum, the parameter groups, the optimiser's settings and the
// targets of the loss. It computes policy only; the back ends do the arithmetic
// and are compared with the float64 Step methods here.
//
// Counting: optimiser steps t run from 0 to T-1; an optimiser's own counter for
// bias correction runs from 1. A schedule is a pure function of (t, T): a
// resumed run asks it the same question and gets the same bits.
//
//	rate of a group at step t = --lr · Group.LRMult · Schedule.At(t, T).LR
package optim
