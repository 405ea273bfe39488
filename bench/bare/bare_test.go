package bare

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

var program struct {
	once sync.Once
	path string
	why  string // it is not there
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "bare")
	if err != nil {
		panic(err)
	}
	program.path = filepath.Join(dir, "bench-bare")
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// bare returns the program, built once, or skips the test.
func bare(t *testing.T) string {
	t.Helper()
	program.once.Do(func() { program.why = build(t, program.path) })
	if program.why != "" {
		t.Skip("not checked: " + program.why)
	}
	return program.path
}

// build compiles the program as doc.go says; it returns what is missing for that.
func build(t *testing.T, bin string) string {
	t.Helper()
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		return "no gcc"
	}
	native, err := filepath.Abs("../../.deps/onednn")
	require.NoError(t, err)
	if _, err := os.Stat(filepath.Join(native, "lib", "libdnnl.so.3")); err != nil {
		return "no oneDNN in .deps/onednn (make deps brings it)"
	}
	files, err := filepath.Glob("*.c")
	require.NoError(t, err)
	args := append([]string{"-O2", "-std=gnu11", "-fopenmp", "-Wall", "-Wextra", "-Werror", "-I" + filepath.Join(native, "include"), "-o", bin}, files...)
	args = append(args, filepath.Join(native, "lib", "libdnnl.so.3"), "-Wl,-rpath,"+filepath.Join(native, "lib"), "-lm")
	out, err := exec.Command(gcc, args...).CombinedOutput()
	require.NoError(t, err, string(out))
	return ""
}

type reply struct {
	OK         bool
	Error      string
	Library    string
	Primitives int
	Planned    int64
	Steps      int
	Images     int
	Seconds    float64
	BestStep   float64 `json:"best_step"`
	RSS        int64
	PeakRSS    int64 `json:"peak_rss"`
	Faults     int
	Value      float64
	Total      float64
	MS         map[string]float64
	Layers     []struct{ Kind, Impl string }
	Count      int
	Finite     bool
	Largest    float64
	First      []float64
	Ratio      float64
}

// start runs the program; the result asks it one command.
func start(t *testing.T, bin string) func(format string, args ...any) reply {
	t.Helper()
	c := exec.Command(bin)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	require.NoError(t, err)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		_, _ = io.WriteString(in, `{"cmd":"quit"}`+"\n")
		require.NoError(t, c.Wait())
	})
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	return func(format string, args ...any) reply {
		t.Helper()
		_, err := fmt.Fprintf(in, format+"\n", args...)
		require.NoError(t, err)
		require.True(t, lines.Scan(), "no answer")
		var r reply
		require.NoError(t, json.Unmarshal(lines.Bytes(), &r), lines.Text())
		return r
	}
}

const prepare = `{"cmd":"prepare","net":%q,"task":%q,"size":%d,"batch":2,"threads":2}`

// The forms of a net share its weights: folded and unfolded, in blocks or not, with
// memory shared as each form's plan has it, they must give the same logits; and where a
// part trains the loss must change as its gradient says.
func TestFormsAgree(t *testing.T) {
	bin := bare(t)
	for _, net := range []string{"resnet18", "efficientnet_lite0"} {
		t.Run(net, func(t *testing.T) {
			ask := start(t, bin)
			require.True(t, ask(prepare, net, "infer", 64).OK)
			want := ask(`{"cmd":"output"}`)
			require.True(t, want.Finite)
			require.Equal(t, 2*1000, want.Count)
			require.Greater(t, want.Largest, 0.1, "a dead net would agree too")
			for _, task := range []string{"affine", "last", "head"} {
				require.True(t, ask(prepare, net, task, 64).OK)
				require.InDeltaSlice(t, want.First, ask(`{"cmd":"output"}`).First, 2e-4*want.Largest, task)
				require.Len(t, want.First, 16)
				// Float32 sums over all weights: half a per cent in practice.
				require.InDelta(t, 1, ask(`{"cmd":"check"}`).Ratio, 0.03, task)
			}
			// BatchNorm over few pixels bends the loss: a smaller move, more pictures.
			require.True(t, ask(strings.Replace(prepare, `"batch":2`, `"batch":4`, 1), net, "full", 64).OK)
			require.InDelta(t, 1, ask(`{"cmd":"check","by":0.01}`).Ratio, 0.03)
		})
	}
}

func TestProtocol(t *testing.T) {
	ask := start(t, bare(t))
	require.Equal(t, "nothing is prepared", ask(`{"cmd":"round"}`).Error)
	r := ask(prepare, "resnet18", "full", 224)
	require.True(t, r.OK, r.Error)
	require.True(t, strings.HasPrefix(r.Library, "oneDNN 3."), r.Library)
	require.Greater(t, r.Primitives, 20*5, "20 convolutions, each with norm, forward and backward")

	round := ask(`{"cmd":"round","seconds":0,"min_steps":2}`)
	require.True(t, round.OK, round.Error)
	require.Equal(t, []int{2, 4}, []int{round.Steps, round.Images})
	require.GreaterOrEqual(t, round.Seconds, 2*round.BestStep)
	require.Positive(t, round.Value)
	require.Greater(t, round.PeakRSS, r.Planned, "the whole plan is touched")
	require.Less(t, round.Faults, 50)

	p := ask(`{"cmd":"profile","rounds":1,"layers":1}`)
	sum := 0.0
	for kind, ms := range p.MS {
		sum += ms
		// ReLU runs in the norms and adds of a ResNet
		require.Equal(t, kind == "act_fwd", ms == 0, kind)
	}
	require.InEpsilon(t, p.Total, sum, 1e-3)
	require.Len(t, p.Layers, r.Primitives)

	require.Equal(t, "unknown task fast", ask(prepare, "resnet18", "fast", 224).Error)
	require.False(t, ask(`{"cmd":"round"}`).OK, "a failed prepare leaves nothing behind")
	require.Equal(t, "unknown net vgg", ask(prepare, "vgg", "full", 224).Error)
	require.False(t, ask("no json").OK)
	require.True(t, ask(`{"cmd":"drop"}`).OK)
}

func TestOneConvolution(t *testing.T) {
	ask := start(t, bare(t))
	r := ask(prepare, "conv 3 64 7 2 3 1", "infer", 224)
	require.True(t, r.OK, r.Error)
	out := ask(`{"cmd":"output"}`)
	require.Equal(t, 2*64*112*112, out.Count) // (224 + 2*3 - 7)/2 + 1 = 112
	require.True(t, out.Finite)
	require.Positive(t, out.Largest)
	for _, v := range out.First {
		require.GreaterOrEqual(t, v, 0.0, "ReLU")
	}
	require.Contains(t, ask(prepare, "conv 3 64 7 2 3 1", "full", 224).Error, "only infer")
}

// Parameters as torchvision (ResNet, MobileNetV2) and the package efficientnet-lite-pytorch count them.
func TestNets(t *testing.T) {
	bin := bare(t)
	for net, parameters := range map[string]int{"resnet18": 11689512, "resnet50": 25557032, "mobilenet_v2": 3504872, "efficientnet_lite0": 4652008} {
		out, err := exec.Command(bin, "--net", net).Output()
		require.NoError(t, err)
		require.Contains(t, string(out), fmt.Sprintf(" parameters %d ", parameters))
	}
	require.Error(t, exec.Command(bin, "--net", "vgg").Run())
}
