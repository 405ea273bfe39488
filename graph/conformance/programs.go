package conformance

import (
	"errors"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/stretchr/testify/require"
)

// Program is a small whole program with what each of its steps is given.
type Program struct {
	Name  string
	Build func() (*graph.Program, []Feed, error)
	Tol   Tol
	rms   float64 // if not 0: bound of the relative distance of whole tensors, in place of Tol
	Want  Feed    // some outputs and state after the last step, worked elsewhere
}

// trained is the tolerance of weights after some steps: rounding of gradients
// times rates, relative to the largest weight.
var trained = Tol{Abs: 2e-6, Max: 5e-5}

// Programs returns all whole programs.
func Programs() []Program {
	return []Program{
		{Name: "conv bn relu pool fc, SGD", Build: plainNet, Tol: trained},
		{Name: "residual, AdamW and averages", Build: residualNet, Tol: trained},
		{Name: "depthwise concat squeeze-excite dropout, SGD", Build: mobileNet, Tol: trained},
		{Name: "frozen prefix, trained head", Build: frozenNet, Tol: trained},
		{Name: "shared weights, Adam", Build: sharedNet, Tol: trained},
		{Name: "PyTorch optimisers", Build: optimisers, Tol: Tol{Abs: 1e-7, Elem: 2e-5}, Want: optimisersWant},
		{Name: "swap of state", Build: swap, Tol: Tol{}, Want: Feed{
			"a": f32(dims(2), 3, 4), "b": f32(dims(2), 1, 2), "last": f32(dims(2), 9, 9), "sum": f32(dims(2), 4, 6)}},
	}
}

// check compares all outputs and state after the last step with the reference
// and two fresh runs with each other, bit by bit.
func (c Program) check(t *testing.T, oracle, b graph.Backend) error {
	p, fs, err := c.Build()
	require.NoError(t, err)
	require.NoError(t, p.Check())
	got, err := Execute(b, p, graph.CompileOptions{}, fs...)
	if errors.Is(err, fault.ErrUnsupported) {
		return err
	}
	require.NoError(t, err)
	for name, w := range c.Want {
		c.near(t, w, got[name], "worked elsewhere: "+name)
	}
	want, err := Execute(oracle, p, graph.CompileOptions{}, fs...)
	require.NoError(t, err)
	for name, w := range want {
		c.near(t, w, got[name], name)
	}
	again, err := Execute(b, p, graph.CompileOptions{}, fs...)
	require.NoError(t, err)
	for name := range got {
		require.True(t, sameBits(got[name], again[name]), "%s: second run gives other bits", name)
	}
	return nil
}

func (c Program) near(t *testing.T, want, got *graph.Tensor, what string) {
	t.Helper()
	if c.rms == 0 {
		Near(t, want, got, c.Tol, what)
		return
	}
	NearNorm(t, want, got, c.rms, what)
}
