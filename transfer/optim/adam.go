package optim

import "math"

// Adam is AdamW with the decay added to the gradient, g += λw, instead of
// shrinking the weight. Source: arXiv:1412.6980; torch.optim.Adam.
type Adam struct{ Beta1, Beta2, Eps float64 }

// NewAdam has the usual .9, .999, 1e-8.
func NewAdam() Adam { return Adam{.9, .999, 1e-8} }

// Name implements [Optimizer].
func (Adam) Name() string { return "adam" }

// Slots implements [Optimizer].
func (Adam) Slots() int { return 2 }

// Step implements [Optimizer].
func (o Adam) Step(w, g []float64, s *State, h Hyper) {
	s.begin(len(w), 2)
	b1 := beta1(o.Beta1, h)
	for i := range w {
		adamUpdate(w, g[i]+h.WeightDecay*w[i], i, s, h.LR, b1, o.Beta2, o.Eps)
	}
}

// adamUpdate is the part Adam and AdamW share, t = s.T:
//
//	m = β₁m+(1-β₁)g;  v = β₂v+(1-β₂)g²;  w -= η/(1-β₁ᵗ) · m/(√v/√(1-β₂ᵗ)+ε)
//
// A scheduled β₁ enters the correction with its present value, as in PyTorch.
func adamUpdate(w []float64, g float64, i int, s *State, lr, b1, b2, eps float64) {
	t := float64(s.T)
	s.M[i] = b1*s.M[i] + (1-b1)*g
	s.V[i] = b2*s.V[i] + (1-b2)*g*g
	root := math.Sqrt(s.V[i])/math.Sqrt(1-math.Pow(b2, t)) + eps
	w[i] -= lr / (1 - math.Pow(b1, t)) * s.M[i] / root
}

func beta1(own float64, h Hyper) float64 {
	if h.Momentum != 0 {
		return h.Momentum
	}
	return own
}
