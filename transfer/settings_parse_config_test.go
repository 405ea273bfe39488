package transfer

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

func parseYAML(t *testing.T, text string) (Settings, Origins, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "run.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	s, o, _, err := ParseSettings(Sources{Config: file})
	return s, o, err
}

func TestConfig(t *testing.T) {
	s, o, err := parseYAML(t, `
# a comment
lr: 0.5        # another
batch_size: 8
exist-ok: True
classes: [cat, dog]
freeze: 0
name: "a: b"
`)
	require.NoError(t, err)
	require.Equal(t, []any{0.5, 8, true, "cat,dog", "0", "a: b"}, []any{s.LR, s.Batch, s.ExistOK, s.Classes, s.Freeze, s.Name})
	require.Equal(t, "run.yaml:4:1", o["batch"]) // the line above, counted by hand
}

func TestEmptyConfigs(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n", "{}\n", "null\n"} {
		_, _, err := parseYAML(t, text)
		require.NoError(t, err, "%q", text)
	}
}

func TestRefusedConfigs(t *testing.T) {
	for _, c := range []struct{ name, text, where, what string }{
		{"unknown key", "lr: 1\n\n  \nbacth: 3\n", "run.yaml:4:1", `did you mean "batch"?`},
		{"indented unknown key", "{lr: 1, bacth: 3}\n", "run.yaml:1:9", `unknown setting "bacth"`},
		{"bad value", "epochs: many\n", "run.yaml:1:1", "wants a whole number"},
		{"twice", "lr: 1\nlr: 1\n", "run.yaml:2:1", `"lr" stands twice`},
		{"twice, other spelling", "exist-ok: true\nexist_ok: true\n", "run.yaml:2:1", "stands twice"},
		{"no value", "lr:\n", "run.yaml:1:4", "has no value"},
		{"nested", "lr:\n  a: 1\n", "run.yaml:2:3", "not a plain one"},
		{"nested list", "classes: [a, [b]]\n", "run.yaml:1:14", "nested"},
		{"alias", "name: &x a\nproject: *x\n", "run.yaml:2:10", "not a plain one"},
		{"list", "- lr\n", "run.yaml:1:1", "not a list of settings"},
		{"word", "lr\n", "run.yaml:1:1", "not a list of settings"},
		{"key not a word", "[a]: 1\n", "run.yaml:1:1", "not a word"},
		{"two documents", "lr: 1\n---\nlr: 2\n", "run.yaml", "second document"},
		{"not YAML", "lr: [1\n", "run.yaml", "not YAML"},
		{"tab", "lr: 1\n\tepochs: 2\n", "run.yaml:2", "not YAML"},
		{"binary", "\x00\x01\x02", "run.yaml", "not YAML"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := parseYAML(t, c.text)
			require.ErrorIs(t, err, fault.ErrUsage)
			require.Contains(t, fault.Format(err), c.where)
			require.Contains(t, fault.Format(err), c.what)
		})
	}
}

func TestConfigSizeLimit(t *testing.T) {
	pad := func(n int) string { return "lr: 1\n#" + strings.Repeat("x", n-len("lr: 1\n#")) }
	_, _, err := parseYAML(t, pad(MaxConfig))
	require.NoError(t, err)
	_, _, err = parseYAML(t, pad(MaxConfig+1))
	require.ErrorIs(t, err, fault.ErrUsage)
	require.ErrorContains(t, err, "over 1048576 bytes")
}

// TestYAMLRoundTrip draws settings at random; what YAML writes must read back equal.
func TestYAMLRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"", "a", "0", "true", "null", "~", "a: b", "# c", "a\nb", "\t", "'", `"`, "ü", "a\\x", "- x", "{", "*a", "1e3", " lead"}
	for range 300 {
		want, _, _, err := ParseSettings(Sources{})
		require.NoError(t, err)
		v := reflect.ValueOf(&want).Elem()
		for _, f := range Fields(want) {
			if choices[f.Name] == nil && f.Name != "device" && f.Name != "ema" {
				draw(r, v.FieldByIndex(f.index), words, spans[f.Name])
			}
		}
		want.ValSplit, want.TestSplit, want.WD = r.Float64()/2, r.Float64()/2, r.Float64()
		text := want.YAML(Origins{"lr": "--lr\n: 3"})
		got, _, err := parseYAML(t, string(text))
		require.NoError(t, err, "%s", text)
		require.Equal(t, want, got)
		require.True(t, bytes.Equal(text, want.YAML(Origins{"lr": "--lr\n: 3"})))
	}
}

func draw(r *rand.Rand, v reflect.Value, words []string, s span) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(words[r.IntN(len(words))])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Float64:
		v.SetFloat(max(1e-9, min(1, s.hi)*r.Float64()))
	case reflect.Uint64:
		v.SetUint(r.Uint64())
	default:
		v.SetInt(int64(max(s.lo, 1)) + r.Int64N(64))
	}
}

func TestYAMLNamesOrigins(t *testing.T) {
	s, o, _, err := ParseSettings(Sources{Flags: []Given{{"lr", "0.01", "--lr"}}})
	require.NoError(t, err)
	text := string(s.YAML(o))
	require.Regexp(t, `(?m)^lr: 0\.01 +# --lr$`, text)
	require.Regexp(t, `(?m)^batch: 32 +# default$`, text)
	require.Equal(t, len(Fields(s))+2, strings.Count(text, "\n"))
}

func FuzzConfig(f *testing.F) {
	f.Add("lr: 1\nclasses: [a, b]\n")
	f.Add("a: &x [*x]\n")
	f.Fuzz(func(t *testing.T, text string) {
		given, err := parseConfig("x.yaml", []byte(text))
		if err == nil {
			var s Settings
			_ = newResolver(&s).level(given)
		}
	})
}
