package direct

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Names by hand: synonyms, case, composed and decomposed letters; no part of a word.
func TestByName(t *testing.T) {
	source := []string{"tabby, tabby cat", "Tiger_Cat", "female", "male", "cafe\u0301", "dog"}
	m, err := ByName([]string{"TABBY CAT", "male", "caf\u00e9", "Dog"}, source)
	require.NoError(t, err)
	require.Equal(t, []float64{1, 0, 0, 0, 0, 0}, m.At(0))
	require.Equal(t, []float64{0, 0, 0, 1, 0, 0}, m.At(1), "not female")
	require.Equal(t, []float64{0, 0, 0, 0, 1, 0}, m.At(2))
	require.Equal(t, []float64{0, 0, 0, 0, 0, 1}, m.At(3))

	m, err = ByName([]string{"cat, tabby, tiger cat", "dog"}, source)
	require.NoError(t, err)
	require.Equal(t, 2, m.Used(0), "many to one")

	for name, c := range map[string]struct{ target, want string }{
		"no source":   {"bird;dog", "class without a source class"},
		"two targets": {"tabby;tabby cat", "fits two of yours"},
		"same name":   {"dog;DOG", "two classes of the same name"},
	} {
		_, err = ByName(strings.Split(c.target, ";"), source)
		require.ErrorIs(t, err, fault.ErrUsage, name)
		require.ErrorContains(t, err, c.want)
	}
}

// By hand: 0.2·1 + 0.3·0.5 = 0.35 and 0.4·2 = 0.8, mass 1.15.
func TestFromFile(t *testing.T) {
	source := []string{"a", "b, bee", "c"}
	m, err := FromFile(strings.NewReader("source,target,weight\n# note\na,x\nbee, x ,0.5\n2,y,2\n"), "f.csv", []string{"x", "y"}, source, 3)
	require.NoError(t, err)
	score := make([]float64, 2)
	require.InDelta(t, 1.15, m.Apply(score, []float64{.2, .3, .4}), 1e-15)
	require.InDelta(t, .35/1.15, score[0], 1e-15)
	require.InDelta(t, .8/1.15, score[1], 1e-15)
	require.Zero(t, m.Apply(score, []float64{0, 0, 0}))
	require.Equal(t, []float64{0, 0}, score)

	for text, want := range map[string]string{
		"a,x\nd,y":      "f.csv:2",
		"a,x\nb,z":      `no class "z"`,
		"a,x\nb,y,0":    "not a number above 0",
		"a,x\na,x\nb,y": "given twice",
		"a":             "1 fields",
		"a,x":           "class without a source class",
		"a,x\n3,y":      `no class "3"`,
		"a,\"x":         "not readable",
	} {
		_, err := FromFile(strings.NewReader(text), "f.csv", []string{"x", "y"}, source, 3)
		require.ErrorIs(t, err, fault.ErrUsage, text)
		require.ErrorContains(t, err, want, text)
	}
}

// Four pictures by hand. Joint mass of (y, z): y0: .9+.2, .1+.8, 0; y1: .3, .7, 0 over
// pictures 0, 1 and 2; z 2 has none: the share of the classes.
func TestLearn(t *testing.T) {
	theta := []float64{.9, .1, 0, .2, .8, 0, .3, .7, 0}
	m, err := Learn(theta, []int{0, 0, 1}, []string{"x", "y"}, 3)
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{1.1 / 1.4, .9 / 1.6, 2. / 3}, m.At(0), 1e-15)
	require.InDeltaSlice(t, []float64{.3 / 1.4, .7 / 1.6, 1. / 3}, m.At(1), 1e-15)
	score := make([]float64, 2)
	require.InDelta(t, 1, m.Apply(score, theta[:3]), 1e-15, "a learned map keeps all mass")

	_, err = Learn(theta, []int{0, 2, 1}, []string{"x", "y"}, 3)
	require.ErrorIs(t, err, fault.ErrUsage)
	_, err = Learn(theta[:8], []int{0, 0, 1}, []string{"x", "y"}, 3)
	require.ErrorIs(t, err, fault.ErrUsage)
}
