package transfer

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// aliasRows are the spellings of the column "Also accepted" of the flag table in
// the command-line design, each with our own setting and the value it must get.
var aliasRows = []struct{ key, value, name, want string }{
	{"data-path", "d", "data", "d"},
	{"data_dir", "d", "data", "d"},
	{"train_dir", "d", "data", "d"},
	{"image_dir", "d", "data", "d"},
	{"weights", "m.onnx", "model", "m.onnx"},
	{"model_name_or_path", "m.onnx", "model", "m.onnx"},
	{"model_file", "m.onnx", "model", "m.onnx"},
	{"num_train_epochs", "3", "epochs", "3"},
	{"freeze_epochs", "4", "frozen-epochs", "4"},
	{"batch-size", "16", "batch", "16"},
	{"per_device_train_batch_size", "16", "batch", "16"},
	{"img-size", "96", "imgsz", "96"},
	{"input-size", "96", "imgsz", "96"},
	{"image_size", "96", "imgsz", "96"},
	{"lr0", "0.01", "lr", "0.01"},
	{"learning_rate", "0.01", "lr", "0.01"},
	{"lr_mult", "10", "lr-mult", "10"},
	{"optimizer", "sgd", "opt", "sgd"},
	{"weight-decay", "0.1", "wd", "0.1"},
	{"lr-scheduler", "cosine", "sched", "cosine"},
	{"cos_lr", "True", "sched", "cosine"},
	{"cos_lr", "False", "sched", "onecycle"},
	{"clip-grad-norm", "2", "clip", "2"},
	{"clip-grad", "2", "clip", "2"},
	{"freeze", "10", "freeze", "10"},
	{"cache", "ram", "cache", "all"},
	{"cache", "disk", "cache", "all"},
	{"auto-augment", "none", "aug", "none"},
	{"aa", "none", "aug", "none"},
	{"smoothing", "0.1", "label-smoothing", "0.1"},
	{"eval-metric", "auc", "metric", "auc"},
	{"model-ema", "True", "ema", "on"},
	{"model_ema", "False", "ema", "off"},
	{"model-ema", "0.99", "ema", "0.99"},
	{"amp", "False", "precision", "fp32"},
	{"rng_seed", "7", "seed", "7"},
	{"valid_pct", "0.3", "val-split", "0.3"},
	{"train_val_split", "0.3", "val-split", "0.3"},
	{"serialize", "2", "save-every", "2"},
	{"output_dir", "out", "output-dir", "out"},
	{"device", "0", "device", "cuda:0"},
	{"time_limit", "600", "time-limit", "10m0s"},
	{"time_limit", "30m", "time-limit", "30m0s"},
	{"assert_accuracy_at_least", "0.9", "assert-accuracy", "0.9"},
	{"exist_ok", "True", "exist-ok", "true"},
	{"no-export", "true", "export", "false"},
	{"no_export", "False", "export", "true"},
}

func TestEveryAlias(t *testing.T) {
	for _, row := range aliasRows {
		t.Run(row.key+"="+row.value, func(t *testing.T) {
			s, o, notes, err := ParseSettings(Sources{Flags: []Given{{row.key, row.value, "here"}}})
			require.NoError(t, err)
			require.Equal(t, row.want, settingText(s, row.name))
			require.Equal(t, "here", o[row.name])
			own := NormalKey(row.key) == row.name || strings.HasPrefix(row.key, "no")
			if own && row.value == row.want || own && row.name != "device" && row.name != "cache" {
				require.Empty(t, notes, "our own spelling needs no note")
				return
			}
			require.Len(t, notes, 1)
			require.Contains(t, notes[0], " read as --"+row.name+" ")
		})
	}
}

func settingText(s Settings, name string) string {
	for _, f := range Fields(s) {
		if f.Name == name {
			return f.text(reflect.ValueOf(s).FieldByIndex(f.index))
		}
	}
	return "no such setting"
}

func TestEveryAliasStandsInTheTable(t *testing.T) {
	rows := map[string]bool{}
	for _, r := range aliasRows {
		rows[NormalKey(r.key)] = true
	}
	for _, f := range Fields(Settings{}) {
		for _, a := range f.Aliases {
			require.True(t, rows[a], "alias %s of %s has no row", a, f.Name)
		}
	}
	for a := range foreign {
		require.True(t, rows[a] || a == "fp16" || a == "bf16", "%s has no row", a) // refused below
	}
}

func TestSpellingsAreUnique(t *testing.T) {
	seen := map[string]bool{"c": true, "q": true, "v": true, "h": true} // letters of the command itself
	for _, f := range Fields(Settings{}) {
		for _, s := range append([]string{f.Name}, f.Aliases...) {
			require.False(t, seen[s], "%s means two settings", s)
			seen[s] = true
		}
		if f.Short != "" {
			require.False(t, seen[f.Short], "-%s means two settings", f.Short)
			seen[f.Short] = true
		}
	}
}

func TestAliasNoteNamesBothSpellings(t *testing.T) {
	_, _, notes, err := ParseSettings(Sources{Flags: []Given{{"lr0", "0.01", "lr0=0.01"}}})
	require.NoError(t, err)
	require.Equal(t, []string{"lr0 read as --lr 0.01"}, notes) // wording of the design
}

func TestDefaultsParseAndPass(t *testing.T) {
	s, o, notes, err := ParseSettings(Sources{})
	require.NoError(t, err)
	require.Empty(t, notes)
	require.Zero(t, s.LR, "by scheme")
	require.Equal(t, 32, s.Batch)
	require.Equal(t, uint64(42), s.Seed)
	require.Equal(t, 800*time.Millisecond, s.TermBudget)
	require.True(t, s.Export)
	require.Equal(t, "default", o["lr"])
	require.Len(t, o, len(Fields(s)))
}

func TestPrecedence(t *testing.T) {
	config := filepath.Join(t.TempDir(), "run.yaml")
	require.NoError(t, os.WriteFile(config, []byte("lr: 1\nepochs: 1\nbatch: 1\n"), 0o600))
	s, o, _, err := ParseSettings(Sources{
		Config: config, Recipe: "gotl",
		Set:   []Given{{"lr", "2", "--set"}, {"epochs", "2", "--set"}},
		Flags: []Given{{"lr", "3", "--lr"}},
	})
	require.NoError(t, err)
	require.Equal(t, []any{3.0, 2, 1}, []any{s.LR, s.Epochs, s.Batch})
	require.Equal(t, []string{"--lr", "--set", "run.yaml:3:1", "default"}, []string{o["lr"], o["epochs"], o["batch"], o["seed"]})
}

func TestEnvironmentHasNoSay(t *testing.T) {
	t.Setenv("GOTL_LR", "5")
	t.Setenv("LR", "5")
	s, _, _, err := ParseSettings(Sources{})
	require.NoError(t, err)
	require.Zero(t, s.LR)
}

func TestRefusedSettings(t *testing.T) {
	f := func(key, value string) []Given { return []Given{{key, value, key + "=" + value}} }
	for _, c := range []struct {
		name string
		src  Sources
		want []string // all must stand in the printed error
	}{
		{"unknown", Sources{Flags: f("bacth", "1")}, []string{`unknown setting "bacth"`, `did you mean "batch"?`}},
		{"unknown, nothing near", Sources{Flags: f("zzzzzz", "1")}, []string{`unknown setting "zzzzzz"`, "--help"}},
		{"not a number", Sources{Flags: f("lr", "fast")}, []string{"lr: wants a number", "lr = fast"}},
		{"not finite", Sources{Flags: f("lr", "NaN")}, []string{"wants a finite number"}},
		{"not whole", Sources{Flags: f("epochs", "1.5")}, []string{"epochs: wants a whole number"}},
		{"not a boolean", Sources{Flags: f("exist-ok", "yes")}, []string{"wants true or false"}},
		{"not a duration", Sources{Flags: f("time-limit", "soon")}, []string{"wants a duration such as 30m"}},
		{"twice", Sources{Flags: append(f("lr", "1"), f("lr0", "2")...)}, []string{"lr is given twice with different values", "1 and 2"}},
		{"out of range", Sources{Flags: f("batch", "0")}, []string{"batch: out of range [1, 65536]"}},
		{"open end", Sources{Flags: f("val-split", "1")}, []string{"val-split: out of range [0, 1)"}},
		{"negative rate", Sources{Flags: f("lr", "-0.1")}, []string{"lr: out of range [0, 1e+06]"}},
		{"no choice", Sources{Flags: f("opt", "adanw")}, []string{`opt: "adanw" is not one of adamw, adam, sgd`, `did you mean "adamw"?`}},
		{"half", Sources{Flags: f("fp16", "true")}, []string{`precision: "fp16" is not one of fp32`}},
		{"shares", Sources{Flags: append(f("val-split", ".6"), f("test-split", ".5")...)}, []string{"nothing is left for training"}},
		{"decay", Sources{Flags: f("wd", "-2")}, []string{"wd: negative"}},
		{"not deterministic", Sources{Flags: f("deterministic", "false")}, []string{"runs are always deterministic"}},
		{"cos_lr", Sources{Flags: f("cos_lr", "maybe")}, []string{"wants true or false", "--sched cosine"}},
		{"recipe", Sources{Recipe: "fastapi"}, []string{`unknown recipe "fastapi"`, "there is: gotl"}},
		{"config missing", Sources{Config: "nowhere.yaml"}, []string{"configuration not read", "nowhere.yaml", "no such file"}},
		{"config a folder", Sources{Config: "."}, []string{"not a regular file"}},
		{"zero byte", Sources{Flags: f("name", "a\x00b")}, []string{"zero byte"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, _, err := ParseSettings(c.src)
			require.ErrorIs(t, err, fault.ErrUsage)
			require.Equal(t, 2, fault.ExitCode(err))
			for _, w := range c.want {
				require.Contains(t, fault.Format(err), w)
			}
		})
	}
}

func TestSameValueTwiceIsAccepted(t *testing.T) {
	s, _, _, err := ParseSettings(Sources{Flags: []Given{{"lr", "0.01", "--lr"}, {"lr0", "1e-2", "lr0=1e-2"}}})
	require.NoError(t, err)
	require.Equal(t, 0.01, s.LR)
}

func TestAlwaysDeterministic(t *testing.T) {
	_, _, notes, err := ParseSettings(Sources{Flags: []Given{{"use_deterministic_algorithms", "true", "x"}}})
	require.NoError(t, err)
	require.Equal(t, []string{"use_deterministic_algorithms is always on"}, notes)
}

func TestNearest(t *testing.T) {
	for _, c := range []struct{ word, want string }{
		{"bacth", "batch"}, {"epoch", "epochs"}, {"lrmult", "lr-mult"}, {"mdoel", "model"}, {"qqqq", ""}, {"", ""},
		{strings.Repeat("x", 100000), ""},
	} {
		require.Equal(t, c.want, Nearest(c.word, Spellings(Fields(Settings{}))), c.word[:min(9, len(c.word))])
	}
	require.Equal(t, 1, editDistance("ab", "ba"))          // one swap
	require.Equal(t, 3, editDistance("kitten", "sitting")) // the textbook pair
}

func TestKnown(t *testing.T) {
	fields := Fields(Settings{})
	for key, want := range map[string]bool{"lr": true, "lr0": true, "exist_ok": true, "no-export": true, "cos_lr": true, "lrr": false, "": false} {
		require.Equal(t, want, Known(fields, key), key)
	}
}

// TestBooleanPrefix: "no-" turns booleans only.
func TestBooleanPrefix(t *testing.T) {
	_, _, _, err := ParseSettings(Sources{Flags: []Given{{"no-lr", "true", "--no-lr"}}})
	require.ErrorContains(t, err, `unknown setting "no-lr"`)
	_, _, _, err = ParseSettings(Sources{Flags: []Given{{"no-export", "maybe", "--no-export"}}})
	require.ErrorContains(t, err, "wants true or false")
}

func TestUnknownTypeIsOurError(t *testing.T) {
	var s struct {
		X []int `flag:"x" def:"1"`
	}
	_, _, err := ParseInto(&s, Sources{})
	require.ErrorIs(t, err, fault.ErrInternal)
}
