package transfer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func TestPeopleNotice(t *testing.T) {
	for _, c := range []string{"female", "Male", "young_woman", "black-hair man", "Männlich"} {
		require.NotEmpty(t, peopleNotice([]string{"x", c}), c)
	}
	for _, c := range []string{"cat", "blackboard", "mandarin", "emails", "0", "snowman"} {
		require.Empty(t, peopleNotice([]string{c}), c)
	}
}

// TestModelCard: the header is YAML with the run's figures, and what nobody gave is
// said to be not provided; no path of this machine stands in it.
func TestModelCard(t *testing.T) {
	dir := t.TempDir()
	s := tinySettings(t, tinyData(t, filepath.Join(dir, "data")), tinyNet(t, dir), filepath.Join(dir, "out"))
	s.Scheme = "features"
	require.NoError(t, finetune(t, t.Context(), s, func(Event) {}))
	b, err := os.ReadFile(filepath.Join(dir, "out", "MODEL_CARD.md"))
	require.NoError(t, err)
	parts := strings.SplitN(string(b), "---\n", 3)
	require.Len(t, parts, 3)
	var head struct {
		Pipeline string `yaml:"pipeline_tag"`
		License  string `yaml:"license"`
		Index    []struct {
			Results []struct{ Metrics []struct{ Type string } }
		} `yaml:"model-index"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(parts[1]), &head))
	require.Equal(t, "image-classification", head.Pipeline)
	require.Equal(t, "not provided", head.License)
	require.Equal(t, "accuracy", head.Index[0].Results[0].Metrics[0].Type)
	require.Contains(t, parts[2], "Not evaluated by group")
	require.NotContains(t, string(b), dir)
}
