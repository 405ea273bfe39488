package graph

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// The optimisers are operators on whole groups of parameters. What changes from
// step to step comes in as the vector hyper; clip [1] multiplies all gradients.
// Their results are stored by Program.Updates, so a back end may write in place.

// SGD steps n parameters with momentum as PyTorch does:
//
//	g = clip·g + Decay·w;  v = μ·v + g;  u = g + μ·v if Nesterov else v;  w = w − η·u
//
// Inputs: hyper [2] = η, μ; clip [1]; n weights; n gradients; n momenta v.
// Results: n weights, n momenta. Source: torch.optim.SGD with dampening 0.
type SGD struct {
	Nesterov bool
	Decay    float32
}

// Kind implements Op.
func (SGD) Kind() string { return "SGD" }

// Infer implements Op.
func (SGD) Infer(in []*Value) ([]Type, error) { return inferOptimiser(in, 2, 3) }

// Adam steps n parameters:
//
//	AdamW (Decoupled): w = w − η·Decay·w;  else g += Decay·w
//	m = β₁m + (1−β₁)g;  v = β₂v + (1−β₂)g²
//	w = w − η·c₁·m/(√v·c₂ + Eps)
//
// Inputs: hyper [5] = η, β₁, β₂, c₁ = 1/(1−β₁ᵗ), c₂ = 1/√(1−β₂ᵗ); clip [1];
// n weights; n gradients; n first moments m; n second moments v.
// Results: n weights, n m, n v. Source: torch.optim.AdamW, torch.optim.Adam.
type Adam struct {
	Decoupled bool
	Decay     float32
	Eps       float32
}

// Kind implements Op.
func (a Adam) Kind() string {
	if a.Decoupled {
		return "AdamW"
	}
	return "Adam"
}

// Infer implements Op.
func (Adam) Infer(in []*Value) ([]Type, error) { return inferOptimiser(in, 5, 4) }

// inferOptimiser checks hyper, clip and lists groups of n tensors each: weights,
// gradients, then lists-2 kinds of state. Results: weights and states.
func inferOptimiser(in []*Value, hyper, lists int) ([]Type, error) {
	if err := arity(in, 2+lists, math.MaxInt); err != nil {
		return nil, err
	}
	if err := sameFloat(in); err != nil {
		return nil, err
	}
	if err := vector(in[0], "hyper", hyper); err != nil {
		return nil, err
	}
	if err := vector(in[1], "clip", 1); err != nil {
		return nil, err
	}
	if (len(in)-2)%lists != 0 {
		return nil, fmt.Errorf("%w: %d tensors, want a multiple of %d", fault.ErrModel, len(in)-2, lists)
	}
	n := (len(in) - 2) / lists
	var out []Type
	for l := range lists {
		for i := range n {
			v := in[2+l*n+i]
			if v == nil || v.DType != in[0].DType || !v.Shape.Equal(in[2+i].Shape) {
				return nil, fmt.Errorf("%w: tensor %d of list %d: %v beside weight %v", fault.ErrShape, i, l, v, in[2+i])
			}
			if l != 1 {
				out = append(out, v.Type)
			}
		}
	}
	return out, nil
}

// GlobalNorm is √Σ‖gᵢ‖² over all its inputs -> [1].
type GlobalNorm struct{}

// Kind implements Op.
func (GlobalNorm) Kind() string { return "GlobalNorm" }

// Infer implements Op.
func (GlobalNorm) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, max(1, len(in)), math.MaxInt); err != nil {
		return nil, err
	}
	return one(in[0], Shape{1}), sameFloat(in)
}

// ClipFactor is min(1, Max/(norm+1e-6)): norm [1] -> [1].
// Source: torch.nn.utils.clip_grad_norm_.
type ClipFactor struct{ Max float32 }

// Kind implements Op.
func (ClipFactor) Kind() string { return "ClipFactor" }

// Infer implements Op.
func (ClipFactor) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 1, 1); err != nil {
		return nil, err
	}
	if err := sameFloat(in); err != nil {
		return nil, err
	}
	return one(in[0], Shape{1}), vector(in[0], "norm", 1)
}

// EMA moves n averages towards n weights: e = d·e + (1−d)·w.
// Inputs: decay d [1]; n averages; n weights. Results: n averages.
type EMA struct{}

// Kind implements Op.
func (EMA) Kind() string { return "EMA" }

// Infer implements Op.
func (EMA) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 3, math.MaxInt); err != nil {
		return nil, err
	}
	if err := sameFloat(in); err != nil {
		return nil, err
	}
	if err := vector(in[0], "decay", 1); err != nil {
		return nil, err
	}
	n := (len(in) - 1) / 2
	var out []Type
	for i := range n {
		e, w := in[1+i], in[1+n+i]
		if len(in)%2 != 1 || e == nil || w == nil || !e.Shape.Equal(w.Shape) {
			return nil, fmt.Errorf("%w: average %v of weight %v", fault.ErrShape, e, w)
		}
		out = append(out, e.Type)
	}
	return out, nil
}
