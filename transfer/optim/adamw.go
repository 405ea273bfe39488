package optim

// AdamW is Adam with decoupled decay: first w *= 1-ηλ, then the update of
// [Adam] without λ. Source: arXiv:1711.05101; torch.optim.AdamW.
type AdamW struct{ Beta1, Beta2, Eps float64 }

// NewAdamW has the usual .9, .999, 1e-8.
func NewAdamW() AdamW { return AdamW{.9, .999, 1e-8} }

// Name implements [Optimizer].
func (AdamW) Name() string { return "adamw" }

// Slots implements [Optimizer].
func (AdamW) Slots() int { return 2 }

// Step implements [Optimizer].
func (o AdamW) Step(w, g []float64, s *State, h Hyper) {
	s.begin(len(w), 2)
	b1 := beta1(o.Beta1, h)
	for i := range w {
		w[i] *= 1 - h.LR*h.WeightDecay
		adamUpdate(w, g[i], i, s, h.LR, b1, o.Beta2, o.Eps)
	}
}
