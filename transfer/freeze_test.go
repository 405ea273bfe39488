package transfer

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// chainNet is layer1.a → layer1.b → layer10.a → head, each a linear layer of its own
// weight; layer1.b and layer1.a share theirs if shared.
func chainNet(t *testing.T, shared bool) (*graph.Graph, []block) {
	g := graph.New()
	v := g.AddInput("x", graph.Type{DType: graph.Float32, Shape: graph.Shape{2, 3}}, true)
	var w *graph.Value
	var blocks []block
	for _, name := range []string{"layer1.a", "layer1.b", "layer10.a", "gotl_head/linear"} {
		if w == nil || !shared || name != "layer1.b" {
			w = g.AddConst(name+".weight", graph.NewTensor(graph.Float32, 3, 3))
		}
		y, err := g.Add1(name, graph.Linear, v, w)
		require.NoError(t, err)
		v = y
		if name != "layer1.a" {
			blocks = append(blocks, block{name: name, nodes: []*graph.Node{v.From}})
		}
	}
	blocks[0].nodes = append(blocks[0].nodes, g.Nodes[0])
	g.Outputs = []*graph.Value{v}
	return g, blocks[:2]
}

func TestFreezeGrammar(t *testing.T) {
	all := []string{"layer1.a", "layer1.b", "layer10.a", "gotl_head/linear"}
	for _, c := range []struct {
		freeze, trainOnly string
		want              []string
	}{
		{"auto", "", nil},
		{"0", "", nil},
		{"1", "", all[:2]},
		{"2", "", all[:3]},
		{"layer1", "", all[:2]}, // not layer10
		{"layer1.b", "", all[1:2]},
		{"re:^layer1", "", all[:3]},
		{"cut:layer1.b", "", all[:2]},
		{"layer1.b,layer10", "", all[1:3]},
		{"", "layer10", []string{all[0], all[1], all[3]}},
		{"all", "", all},
	} {
		t.Run(c.freeze+c.trainOnly, func(t *testing.T) {
			g, blocks := chainNet(t, false)
			frozen, err := freeze(g, blocks, c.freeze, c.trainOnly)
			require.NoError(t, err)
			var got []string
			for n := range frozen {
				got = append(got, n.Name)
			}
			require.ElementsMatch(t, c.want, got)
		})
	}
}

func TestFreezeRefuses(t *testing.T) {
	for _, c := range []struct{ freeze, trainOnly string }{
		{"layer2", ""}, {"3", ""}, {"re:(", ""}, {"cut:nothing", ""}, {"layer1", "layer10"}, {"re:zzz", ""},
	} {
		g, blocks := chainNet(t, false)
		_, err := freeze(g, blocks, c.freeze, c.trainOnly)
		require.ErrorIs(t, err, fault.ErrUsage, "%v", c)
	}
	g, blocks := chainNet(t, true)
	_, err := freeze(g, blocks, "layer1.a", "")
	require.ErrorIs(t, err, fault.ErrUsage, "shared weight")
	_, err = freeze(g, blocks, "layer1", "")
	require.NoError(t, err)
}

// What is frozen has no gradient: the training program holds neither state nor
// backward nodes for it.
func TestFrozenIsNotComputed(t *testing.T) {
	g, _ := chainNet(t, false)
	p, err := graph.BuildTrain(g, graph.TrainSpec{Logits: g.Outputs[0], Optimiser: graph.Optimiser{Kind: "sgd"},
		Groups: []graph.ParamGroup{{Params: []string{"layer10.a.weight", "gotl_head/linear.weight"}}}})
	require.NoError(t, err)
	for _, v := range p.States {
		require.NotContains(t, v.Name, "layer1.")
	}
	require.False(t, slices.ContainsFunc(p.Nodes, func(n *graph.Node) bool { return n.Name == "layer10.a/da" || n.Name == "layer1.b/db" }))
	require.True(t, slices.ContainsFunc(p.Nodes, func(n *graph.Node) bool { return n.Name == "layer10.a/db" }))
}
