package graph

// Identity is y = x.
type Identity struct{}

// Kind implements Op.
func (Identity) Kind() string { return "Identity" }

// Infer implements Op.
func (Identity) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 1, 1); err != nil {
		return nil, err
	}
	return one(in[0], in[0].Shape), nil
}

// Grad implements Gradient.
func (Identity) Grad(_ *Backprop, _ *Node, dy []*Value) ([]*Value, error) { return dy, nil }
