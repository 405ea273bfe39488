package optim

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// requireCurve compares every step of the schedule; moms nil: it leaves momentum alone.
func requireCurve(t *testing.T, s Schedule, lrs, moms []float64) {
	t.Helper()
	for i, want := range lrs {
		p := s.At(i, len(lrs))
		require.InDelta(t, want, p.LR, 1e-12, "%v: rate at step %d", s, i)
		m := 0.0
		if moms != nil {
			m = moms[i]
		}
		require.InDelta(t, m, p.Momentum, 1e-12, "%v: momentum at step %d", s, i)
	}
}

// fastai's combined_cos and SchedCos, transcribed to Python and run (T 8, q .25,
// div 25, final 1e5).
func TestOneCycle(t *testing.T) {
	requireCurve(t, NewOneCycle(.25, 25),
		[]float64{.04, .52, 1, .9330133717652004, .7500025, .500005, .2500075, .06699662823479946},
		[]float64{.95, .9, .85, .856698729810778, .875, .9, .925, .9433012701892219})
}

// The rates of recipe onecycle-smooth-weighted-clip in the golden PyTorch traces
// (assets, conformance/training-traces; base .05, div 10, final 100).
func TestOneCycleOfTheTraces(t *testing.T) {
	s := OneCycle{Q: .25, Div: 10, Final: 100}
	for i, want := range []float64{.005, .0275, .05, .046684128743664864, .037625, .02525, .012875, .003815871256335142} {
		require.InDelta(t, want, .05*s.At(i, 8).LR, 1e-15)
	}
}

// torch.optim.lr_scheduler.OneCycleLR.get_lr transcribed to Python and run, T 10.
func TestOneCycleTorch(t *testing.T) {
	requireCurve(t, OneCycleTorch{},
		[]float64{.04, .52, 1, .9504846320134737, .8117456539497631, .6112620219362893, .38874197806371075, .18825834605023697, .049519367986526286, 4e-6},
		[]float64{.95, .9, .85, .854951556604879, .8688255099070633, .8888739533021842, .9111260466978157, .9311744900929366, .945048443395121, .95})
	require.InDelta(t, .9190443762697106, OneCycleTorch{}.At(2, 7).LR, 1e-12) // the peak lies between steps
}

// optax 0.2 cosine_decay_schedule(1, 8).
func TestCosine(t *testing.T) {
	requireCurve(t, Cosine{}, []float64{1, .9619397662556434, .8535533905932737, .6913417161825449, .5,
		.30865828381745514, .14644660940672627, .03806023374435663}, nil)
}

// By hand.
func TestSimpleShapes(t *testing.T) {
	requireCurve(t, Constant{}, []float64{1, 1, 1}, nil)
	requireCurve(t, Linear{Final: .01}, []float64{1, .7525, .505, .2575}, nil)
	requireCurve(t, Step{Every: 2, Gamma: .1, StepsPerEpoch: 2}, []float64{1, 1, 1, 1, .1, .1, .1, .1, .01, .01}, nil)
	requireCurve(t, PerEpoch{Of: Linear{}, StepsPerEpoch: 2}, []float64{1, 1, 2. / 3, 2. / 3, 1. / 3}, nil)
}

// By hand: 2 of 6 steps from .1, then cosine on the rest or on the absolute step.
func TestWarmup(t *testing.T) {
	requireCurve(t, Warmup{Steps: 2, From: .1, Then: Cosine{}},
		[]float64{.1, .55, 1, (1 + math.Sqrt2/2) / 2, .5, (1 - math.Sqrt2/2) / 2}, nil)
	requireCurve(t, Warmup{Steps: 2, From: .1, Then: Cosine{}, Absolute: true},
		[]float64{.1, .55, .75, .5, .25, .5 * (1 - math.Sqrt(3)/2)}, nil)
}

// Tiny and exhausted runs must stay finite, positive and at most the peak.
func TestEdges(t *testing.T) {
	base := NewOneCycle(.25, 25)
	for _, s := range []Schedule{base, NewOneCycle(0, 25), NewOneCycle(1, 25), OneCycleTorch{}, Cosine{}, Linear{},
		Constant{}, Step{Every: 1, Gamma: .5}, Warmup{Steps: 3, Then: Cosine{}}, Warmup{Then: base}, PerEpoch{Of: base}} {
		for total := range 12 {
			for step := -1; step < total+3; step++ {
				p := s.At(step, total)
				require.True(t, p.LR >= 0 && p.LR <= 1+1e-12, "%v at %d of %d: %v", s, step, total, p)
				require.True(t, p.Momentum == 0 || p.Momentum >= .85-1e-12 && p.Momentum <= .95+1e-12)
			}
		}
	}
	require.InDelta(t, 1e-5, base.At(8, 8).LR, 1e-15)
}

func TestParseSchedule(t *testing.T) {
	base := NewOneCycle(.3, 5)
	for spec, want := range map[string]Schedule{
		"onecycle": base, "onecycle:.5": OneCycle{.5, 5, 1e5, .95, .85}, "onecycle:.5:10": OneCycle{.5, 10, 1e5, .95, .85},
		"OneCycle:torch": OneCycleTorch{}, "cosine": Cosine{}, "step:3": Step{3, .1, 7}, "step": Step{30, .1, 7},
		"step:3:.5": Step{3, .5, 7}, "linear:.01": Linear{.01}, "linear": Linear{}, "constant": Constant{},
	} {
		s, err := ParseSchedule(spec, base, 7)
		require.NoError(t, err, spec)
		require.Equal(t, want, s)
		again, err := ParseSchedule(s.String(), base, 7)
		require.NoError(t, err, s.String())
		require.Equal(t, want, again)
	}
	for _, spec := range []string{"", "cosin", "cosine:1", "onecycle:2", "onecycle:.2:0", "onecycle:.2:3:4", "step:0",
		"step:1.5", "step:1:0", "step:1e300", "linear:-1", "linear:NaN", "linear:inf", "onecycle:x"} {
		_, err := ParseSchedule(spec, base, 7)
		require.ErrorIs(t, err, fault.ErrUsage, spec)
	}
}
