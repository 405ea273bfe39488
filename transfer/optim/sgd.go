package optim

// SGD is stochastic gradient descent in PyTorch's form:
//
//	g += λw;  b = g at first, then μb + (1-τ)g;  u = g+μb if Nesterov else b;  w -= ηu
//
// neon's form v = μv - η(g+λw), w += v is equal only while η is constant.
// Source: torch.optim.SGD.
type SGD struct {
	Momentum  float64 // μ
	Dampening float64 // τ
	Nesterov  bool
}

// Name implements [Optimizer].
func (SGD) Name() string { return "sgd" }

// Slots implements [Optimizer]: the momentum buffer, if there is momentum.
func (o SGD) Slots() int {
	if o.Momentum == 0 {
		return 0
	}
	return 1
}

// Step implements [Optimizer]. A scheduled momentum needs Momentum set too.
func (o SGD) Step(w, g []float64, s *State, h Hyper) {
	s.begin(len(w), o.Slots())
	mu := o.Momentum
	if mu != 0 && h.Momentum != 0 {
		mu = h.Momentum
	}
	for i := range w {
		u := g[i] + h.WeightDecay*w[i]
		if mu != 0 {
			u = o.momentum(u, mu, i, s)
		}
		w[i] -= h.LR * u
	}
}

func (o SGD) momentum(g, mu float64, i int, s *State) float64 {
	if s.T == 1 {
		s.M[i] = g
	} else {
		s.M[i] = mu*s.M[i] + (1-o.Dampening)*g
	}
	if o.Nesterov {
		return g + mu*s.M[i]
	}
	return s.M[i]
}
