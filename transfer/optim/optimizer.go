package optim

// Optimizer is one update rule. Step is its reference in float64; the settings
// in the concrete type are what the back ends compile.
type Optimizer interface {
	Name() string
	Slots() int // state tensors per parameter
	// Step updates w [n] in place from its gradient g [n] and the state s,
	// which starts zero. Lengths must agree.
	Step(w, g []float64, s *State, h Hyper)
}

// Hyper is what may change from step to step.
type Hyper struct {
	LR          float64
	WeightDecay float64 // λ of the parameter's group
	Momentum    float64 // from the schedule; 0: the optimiser's own
}

// State is the memory of one parameter. Its zero value is the start, also for a
// parameter that joins late.
type State struct {
	T    int       // updates done
	M, V []float64 // momentum or first moment; second moment
}

// begin counts the update and makes the slots on the first.
func (s *State) begin(n, slots int) {
	s.T++
	if s.T > 1 {
		return
	}
	if slots > 0 {
		s.M = make([]float64, n)
	}
	if slots > 1 {
		s.V = make([]float64, n)
	}
}
