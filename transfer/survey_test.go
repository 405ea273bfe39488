package transfer

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/anatomy"
)

// Ten cuts of equal cost: the six chosen lie nearest to a sixth, two sixths, … of the
// cost; few cuts are all taken; a cheap start does not crowd out the end.
func TestSpaced(t *testing.T) {
	cuts := func(macs ...int64) (out []anatomy.Cut) {
		for i, m := range macs {
			out = append(out, anatomy.Cut{Value: &graph.Value{Name: fmt.Sprint(i)}, MACs: m})
		}
		return out
	}
	names := func(cs []anatomy.Cut) (out []string) {
		for _, c := range cs {
			out = append(out, c.Value.Name)
		}
		return out
	}
	require.Equal(t, []string{"1", "2", "4", "6", "7", "9"}, names(spaced(cuts(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 6)))
	require.Equal(t, []string{"0", "1"}, names(spaced(cuts(1, 2), 6)))
	require.Equal(t, []string{"0", "1", "2"}, names(spaced(cuts(1, 2, 100), 3)))
	require.Equal(t, []string{"0", "4", "6"}, names(spaced(cuts(1, 1, 1, 1, 90, 95, 100), 3)))
}

// Every place that a survey names is what the network computes there, averaged over
// space; the probabilities are those of its own classifier.
func TestSurveyGraph(t *testing.T) {
	dir := t.TempDir()
	s, _, _, err := ParseSettings(Sources{Flags: []Given{{Key: "model", Value: tinyNet(t, dir), Where: "test"}}})
	require.NoError(t, err)
	n, err := openNetwork(&s, 4)
	require.NoError(t, err)
	g, err := surveyGraph(n)
	require.NoError(t, err)
	require.NotEmpty(t, g.depths)
	require.Equal(t, n.features, g.depths[len(g.depths)-1].name)
	require.InDelta(t, 1, g.depths[len(g.depths)-1].share, 1e-9)
	want := len(g.depths)
	if n.head.Logits != nil {
		want++
		require.Equal(t, n.head.Classes, g.sources)
	}
	require.Len(t, g.graph.Outputs, want)
	for i, v := range g.graph.Outputs {
		require.Equal(t, 2, v.Shape.Rank())
		if i < len(g.depths) {
			require.Equal(t, g.depths[i].dim, v.Shape[1])
		}
	}
}
