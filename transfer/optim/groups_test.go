package optim

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

var fiveParams = []Param{
	{Name: "stem.w", NDim: 4, Block: 2}, {Name: "bn.g", NDim: 1, Norm: true, Block: 2},
	{Name: "ln.g2", NDim: 2, Norm: true, Block: 5}, {Name: "mid.w", NDim: 4, Block: 5},
	{Name: "head.w", NDim: 2, Block: 9}, {Name: "head.b", NDim: 1, Block: 9},
}

// Three blocks, ratio 100: factors 1, 1/10, 1/100. With --lr 2e-3 and phase B's
// half the head gets 1e-3 and the deepest block 1e-5, as the recipe says.
func TestGroups(t *testing.T) {
	g, err := Groups(fiveParams, Policy{WeightDecay: .01, LRMult: 100})
	require.NoError(t, err)
	require.Len(t, g, 6)
	want := []Group{
		{"head", 1, .01, []string{"head.w"}}, {"head no decay", 1, 0, []string{"head.b"}},
		{"block 5", .1, .01, []string{"mid.w"}}, {"block 5 no decay", .1, 0, []string{"ln.g2"}},
		{"block 2", .01, .01, []string{"stem.w"}}, {"block 2 no decay", .01, 0, []string{"bn.g"}},
	}
	for i := range g {
		require.InDelta(t, want[i].LRMult, g[i].LRMult, 1e-15)
		g[i].LRMult = want[i].LRMult
	}
	require.Equal(t, want, g)
	require.InDelta(t, 1e-5, 1e-3*math.Pow(100, -1), 1e-18)
}

func TestGroupsOtherPolicies(t *testing.T) {
	g, err := Groups(fiveParams, Policy{WeightDecay: 1e-4, DecayAll: true, LayerDecay: .5, LRMult: 100})
	require.NoError(t, err)
	require.Equal(t, []Group{
		{"head", 1, 1e-4, []string{"head.w", "head.b"}},
		{"block 5", .5, 1e-4, []string{"ln.g2", "mid.w"}},
		{"block 2", .25, 1e-4, []string{"stem.w", "bn.g"}},
	}, g)
	g, err = Groups(fiveParams[4:], Policy{LRMult: 100}) // head only, no decay: one group
	require.NoError(t, err)
	require.Equal(t, []Group{{"head", 1, 0, []string{"head.w", "head.b"}}}, g)
	g, err = Groups(nil, Policy{})
	require.NoError(t, err)
	require.Empty(t, g)
}

func TestGroupsRefuse(t *testing.T) {
	for _, p := range []Policy{{WeightDecay: -1}, {LRMult: math.NaN()}, {LayerDecay: 1.5}, {LRMult: math.Inf(1)}} {
		_, err := Groups(fiveParams, p)
		require.ErrorIs(t, err, fault.ErrUsage)
	}
	_, err := Groups([]Param{{Name: "a"}, {Name: "a"}}, Policy{})
	require.ErrorIs(t, err, fault.ErrInternal)
}
