package optim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Five updates of three weights. Expected: optax 0.2.x in float64 with the same
// hyper-parameters (add_decayed_weights before sgd and adam; adamw decoupled).
func TestAgainstOptax(t *testing.T) {
	grads := [][]float64{{.5, -1, .25}, {-.3, 2, .25}, {.1, -.7, 0}, {1, 1, -.5}, {-.2, .05, .4}}
	for _, c := range []struct {
		name string
		o    Optimizer
		h    Hyper
		want []float64
	}{
		{"sgd", SGD{}, Hyper{LR: .1}, []float64{.89, -2.135, .46}},
		{"momentum, decay", SGD{Momentum: .9}, Hyper{LR: .1, WeightDecay: .01},
			[]float64{.6889269936985489, -2.2574405352570976, .3606954738892744}},
		{"nesterov, decay", SGD{Momentum: .9, Nesterov: true}, Hyper{LR: .1, WeightDecay: .01},
			[]float64{.6059807247606959, -2.3564033916488976, .3327842252246319}},
		{"momentum from the schedule", SGD{Momentum: .5}, Hyper{LR: .1, WeightDecay: .01, Momentum: .9},
			[]float64{.6889269936985489, -2.2574405352570976, .3606954738892744}},
		{"adamw", NewAdamW(), Hyper{LR: .05, WeightDecay: .1},
			[]float64{.8534675154805859, -1.9504621217362847, .3454871060990642}},
		{"adamw, β₁ from the schedule", AdamW{.5, .999, 1e-8}, Hyper{LR: .05, WeightDecay: .1, Momentum: .9},
			[]float64{.8534675154805859, -1.9504621217362847, .3454871060990642}},
		{"adam", Adam{.9, .99, 1e-5}, Hyper{LR: .05, WeightDecay: .1},
			[]float64{.8445015007644686, -1.97017632024631, .34061728709858874}},
	} {
		w, s := []float64{1, -2, .5}, &State{}
		for _, g := range grads {
			c.o.Step(w, g, s, c.h)
		}
		require.InDeltaSlice(t, c.want, w, 1e-13, c.name)
		require.Len(t, w, 3)
		require.Equal(t, len(grads), s.T)
		require.Equal(t, c.o.Slots() > 0, s.M != nil, c.name)
		require.Equal(t, c.o.Slots() > 1, s.V != nil, c.name)
	}
}

// Constant gradient 1, dampening ½, by hand: b = 1, 1.4, 1.76.
func TestDampening(t *testing.T) {
	w, s := []float64{10}, &State{}
	for range 3 {
		SGD{Momentum: .9, Dampening: .5}.Step(w, []float64{1}, s, Hyper{LR: 1})
	}
	require.InDelta(t, 10-1-1.4-1.76, w[0], 1e-12)
}

// Without scheduled momentum a plain SGD stays plain.
func TestScheduleCannotAddMomentum(t *testing.T) {
	w, s := []float64{0}, &State{}
	SGD{}.Step(w, []float64{1}, s, Hyper{LR: 1, Momentum: .95})
	SGD{}.Step(w, []float64{1}, s, Hyper{LR: 1, Momentum: .95})
	require.Equal(t, -2.0, w[0])
}

// (3,4),(12): norm 13.
func TestClipNorm(t *testing.T) {
	g := [][]float64{{3, 4}, {12}}
	require.Equal(t, 13.0, ClipNorm(g, 0))
	require.Equal(t, 13.0, ClipNorm(g, 20))
	require.Equal(t, [][]float64{{3, 4}, {12}}, g)
	require.Equal(t, 13.0, ClipNorm(g, 1.3))
	f := 1.3 / (13 + 1e-6)
	require.InDelta(t, 3*f, g[0][0], 1e-15)
	require.InDelta(t, 4*f, g[0][1], 1e-15)
	require.InDelta(t, 12*f, g[1][0], 1e-15)
}

func TestEMA(t *testing.T) {
	require.Equal(t, .1, EMARamp(0))
	require.Equal(t, .5, EMARamp(8))
	require.Equal(t, .9998, EMARamp(1e6))
	require.Equal(t, .9, EMAConstant(.9)(3))
	e := []float64{1, 2}
	EMAStep(e, []float64{3, 2}, .75)
	require.Equal(t, []float64{1.5, 2}, e)
}

// Ultralytics' ramp: d(1) = .9999·(1-e^(-1/2000)), and .9999 in the end.
func TestEMAExponential(t *testing.T) {
	d := EMAExponential(.9999, 2000)
	require.InDelta(t, .9999*(1-.9995001249791693), d(0), 1e-12) // e^-0.0005
	require.InDelta(t, .9999, d(1<<20), 1e-12)
}
