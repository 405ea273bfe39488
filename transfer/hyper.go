package transfer

import (
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/transfer/optim"
)

// rule is the optimiser of a phase: what is compiled and what changes per step.
type rule struct {
	kind         string // "sgd", "adamw", "adam"
	nesterov     bool
	momentum     float64 // sgd, where the schedule does not set it
	beta1, beta2 float64
	eps          float64
	lr           float64 // of a group with LRMult 1
	sched        optim.Schedule
	total        int // steps of the phase, for the schedule
}

func (r rule) compile() graph.Optimiser {
	return graph.Optimiser{Kind: r.kind, Nesterov: r.nesterov, Eps: float32(r.eps)}
}

// rate returns the learning rate of a group with factor mult at step t (from 0).
func (r rule) rate(t int, mult float64) float64 { return r.lr * mult * r.sched.At(t, r.total).LR }

// hyper returns the vector of graph.HyperName for step t (from 0): SGD η, μ;
// Adam η, β₁, β₂, 1/(1−β₁ᵗ), 1/√(1−β₂ᵗ).
func (r rule) hyper(t int, mult float64) []float32 {
	lr, cycle := r.rate(t, mult), r.sched.At(t, r.total).Momentum
	if r.kind == "sgd" {
		mu := r.momentum
		if cycle > 0 && mu > 0 {
			mu = cycle
		}
		return []float32{float32(lr), float32(mu)}
	}
	b1 := r.beta1
	if cycle > 0 {
		b1 = cycle
	}
	n := float64(t + 1)
	return []float32{float32(lr), float32(b1), float32(r.beta2),
		float32(1 / (1 - math.Pow(b1, n))), float32(1 / math.Sqrt(1-math.Pow(r.beta2, n)))}
}
