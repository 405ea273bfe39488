package transfer

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/transfer/recipe"
)

// TestRecipes: every recipe is read without an unknown key, sets what it says, and
// yields to what the user gives. The default one is the defaults themselves.
func TestRecipes(t *testing.T) {
	plain, _, _, err := ParseSettings(Sources{})
	require.NoError(t, err)
	for _, name := range recipe.List() {
		s, o, _, err := ParseSettings(Sources{Recipe: name, Flags: []Given{{Key: "epochs", Value: "2", Where: "--epochs"}}})
		require.NoError(t, err, name)
		require.Equal(t, 2, s.Epochs, name)
		require.Equal(t, "--epochs", o["epochs"])
		j := &job{set: s, scheme: "finetune"}
		_, err = newRule(&s, j.lr(), headCycle, 1, 1)
		require.NoError(t, err, name)
		_, err = newEMA(s.EMA)
		require.NoError(t, err, name)
		if name != recipe.Default {
			require.Equal(t, "recipe "+name, o["opt"], name)
			continue
		}
		text, err := recipe.Text(name)
		require.NoError(t, err)
		given, err := parseConfig("gotl.yaml", text)
		require.NoError(t, err)
		var same Settings
		_, _, err = ParseInto(&same, Sources{Flags: given})
		require.NoError(t, err)
		require.Equal(t, plain, same)
	}
	s, _, _, err := ParseSettings(Sources{Recipe: "timm"})
	require.NoError(t, err)
	require.InDelta(t, .1*128/256, s.LR, 1e-12)
	require.InDelta(t, s.LR, (&job{set: s, scheme: "finetune"}).tuneLR(), 1e-12)
}
