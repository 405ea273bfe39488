package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/transfer"
)

func TestGoldenCommandLines(t *testing.T) {
	for _, c := range []struct{ name, args string }{
		{"help", "--help"},
		{"no command", ""},
		{"unknown command", "finetun x"},
		{"unknown command, nothing near", "xyzzy"},
		{"unknown flag", "finetune --bacth 3"},
		{"unknown short flag", "finetune -Z"},
		{"flag without value", "finetune data --lr"},
		{"unknown key", "finetune data bacth=3"},
		{"no data", "finetune"},
		{"no model", "finetune data"},
		{"two arguments", "finetune a b"},
		{"twice", "finetune data -m n.onnx data=other"},
		{"alias", "finetune data weights=n.onnx lr0=0.01 --batch_size 8 --exist_ok True"},
		{"bad set", "finetune data -m n.onnx --set lr"},
		{"bad progress", "finetune data -m n.onnx --progress fancy"},
		{"unknown recipe", "finetune data -m n.onnx --recipe kerass"},
		{"missing config", "finetune data -m n.onnx -c nowhere.yaml"},
		{"story", "finetune data -m n.onnx"},
		{"story quiet", "finetune data -m n.onnx -q"},
		{"story json", "finetune data -m n.onnx --json"},
		{"story verbose", "finetune data -m n.onnx -v"},
		{"failure", "finetune data -m n.onnx --name fail"},
		{"failure json", "finetune data -m n.onnx --name fail --json"},
		{"panic", "finetune data -m n.onnx --name panic"},
		{"eval", "eval test -m net.onnx"},
		{"eval json", "eval test -m net.onnx --json"},
		{"eval quiet", "eval test -m net.onnx -q"},
		{"eval nothing", "eval"},
		{"predict", "predict -m net.onnx a.jpg bad.jpg -"},
		{"predict unknown key", "predict -m net.onnx b=c.jpg"},
		{"predict json", "predict -m net.onnx a.jpg bad.jpg --json"},
		{"predict all bad", "predict -m net.onnx bad1 bad2"},
		{"predict nothing", "predict -m net.onnx"},
		{"predict dash path", "predict -m net.onnx -- lr=3 -x.jpg"},
		{"inspect nothing", "inspect"},
		{"inspect missing", "inspect nowhere.onnx"},
		{"check nothing", "check"},
		{"check missing", "check nowhere.onnx"},
		{"check bad batch", "check nowhere.onnx --batch 0"},
		{"doctor argument", "doctor now"},
		{"version argument", "version now"},
	} {
		t.Run(c.name, func(t *testing.T) {
			golden(t, strings.ReplaceAll(strings.ReplaceAll(c.name, ",", ""), " ", "_"), do(t, fakeVerbs(), "from stdin.jpg\n\n", strings.Fields(c.args)...))
		})
	}
}

func TestHelpNamesEverySetting(t *testing.T) {
	for verb, settings := range map[string]any{"finetune": transfer.Settings{}, "eval": transfer.EvalSettings{},
		"predict": transfer.PredictSettings{}, "check": transfer.CheckSettings{}, "inspect": transfer.InspectSettings{}} {
		r := do(t, fakeVerbs(), "", verb, "--help")
		require.Zero(t, r.code)
		require.Empty(t, r.err)
		require.Contains(t, r.out, "Examples:")
		for _, f := range transfer.Fields(settings) {
			require.Contains(t, r.out, "--"+f.Name+" ", verb)
			require.Contains(t, r.out, f.Help, verb)
			for _, a := range f.Aliases {
				require.Contains(t, r.out, a, verb)
			}
		}
	}
}

func TestVerbsWithoutFunctionAreNotOffered(t *testing.T) {
	r := do(t, verbs{open: openDevice}, "", "--help")
	require.NotContains(t, r.out, "finetune   ")
	require.Equal(t, 2, do(t, verbs{open: openDevice}, "", "predict").code)
}

func TestVersion(t *testing.T) {
	require.Regexp(t, `^gotl-gpu \d+\.\d+\.\d+ \(.+\)  go1\.\S+ linux/\S+\n$`, do(t, fakeVerbs(), "", "version").out)
	require.Regexp(t, `^\{"v":1,"t":"2027-01-15T08:00:00.000Z","type":"version","version":"`, do(t, fakeVerbs(), "", "version", "--json").out)
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		r := do(t, fakeVerbs(), "", "completion", shell)
		require.Zero(t, r.code)
		require.Contains(t, r.out, "gotl-gpu")
	}
}

func TestUnknownKeyThatIsAFile(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("a=b.jpg", nil, 0o600))
	r := do(t, fakeVerbs(), "", "predict", "-m", "net.onnx", "a=b.jpg")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "a=b.jpg,dog,")
	r = do(t, fakeVerbs(), "", "predict", "-m", "net.onnx", "./a=b.jpg", "x=y.jpg")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, `unknown setting "x"`)
}

func TestHelpIsFastAndLoadsNothingNative(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	best := time.Hour
	for range 10 {
		c := exec.Command(exe, "finetune", "--help")
		c.Env = append(os.Environ(), "GOTL_TEST_AS=maps")
		begin := time.Now()
		out, err := c.Output()
		best = min(best, time.Since(begin))
		require.NoError(t, err)
		require.NotContains(t, string(out), "libdnnl")
		require.NotContains(t, string(out), "libcuda")
	}
	if !raceEnabled { // a program under the race detector takes a second to end
		require.Less(t, best, 20*time.Millisecond)
	}
}
