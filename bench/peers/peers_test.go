package peers

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/graph/zoo"
)

// python returns the peers' interpreter, or skips the test.
func python(t *testing.T) string {
	t.Helper()
	p, err := filepath.Abs("../../.deps/peers/bin/python")
	require.NoError(t, err)
	if _, err := os.Stat("../../.deps/peers/.stamp"); err != nil {
		t.Skip("not checked: no peers in .deps/peers (bench/peers/install.sh brings them, several GB)")
	}
	return p
}

type reply struct {
	OK       bool
	Error    string
	Library  string
	Steps    int
	Seconds  float64
	BestStep float64 `json:"best_step"`
	Images   int
	RSS      int64
	PeakRSS  int64 `json:"peak_rss"`
	Value    *float64
}

// worker starts a script and returns what asks it.
func worker(t *testing.T, argv ...string) func(format string, args ...any) reply {
	t.Helper()
	c := exec.Command(argv[0], argv[1:]...)
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

// checkRound asks for a round of two steps of two pictures.
func checkRound(t *testing.T, ask func(string, ...any) reply) float64 {
	t.Helper()
	r := ask(`{"cmd":"round","seconds":0,"min_steps":2}`)
	require.True(t, r.OK, r.Error)
	require.Equal(t, 2, r.Steps)
	require.Equal(t, 4, r.Images)
	require.Positive(t, r.BestStep)
	require.GreaterOrEqual(t, r.Seconds, 2*r.BestStep)
	require.Greater(t, r.RSS, int64(50<<20), "more than an empty interpreter")
	require.GreaterOrEqual(t, r.PeakRSS, r.RSS*9/10) // the two are read one after the other
	require.NotNil(t, r.Value)
	require.False(t, math.IsNaN(*r.Value) || math.IsInf(*r.Value, 0))
	return *r.Value
}

func TestTorchWorker(t *testing.T) {
	py := python(t)
	ask := worker(t, py, "torch_worker.py", "--layout", "channels_last")
	prepare := `{"cmd":"prepare","net":%q,"task":%q,"batch":2,"threads":2}`
	require.False(t, ask(`{"cmd":"round"}`).OK, "nothing is prepared yet")
	for _, task := range []string{"full", "last"} {
		r := ask(prepare, "resnet18", task)
		require.True(t, r.OK, r.Error)
		require.Contains(t, r.Library, "torch 2.15.0")
		first := checkRound(t, ask)
		require.Positive(t, first, task)
		// The same two pictures every step: a step that trains learns them.
		require.Less(t, checkRound(t, ask), first, task)
	}
	r := ask(prepare, "resnet18", "infer")
	require.True(t, r.OK, r.Error)
	logit := checkRound(t, ask)
	require.Equal(t, logit, checkRound(t, ask), "nothing trains")
	for n, bad := range [][2]string{{"vgg", "full"}, {"resnet18", "cached-head"}} {
		r := ask(prepare, bad[0], bad[1])
		require.False(t, r.OK)
		require.Contains(t, r.Error, "'"+bad[n]+"'", "the unknown word is named")
		require.False(t, ask(`{"cmd":"round"}`).OK, "a failed prepare leaves nothing behind")
	}
	require.True(t, ask(`{"cmd":"drop"}`).OK)
	require.False(t, ask(`not json`).OK)
}

// resnet18 writes the file that ONNX Runtime runs, as the driver does.
func resnet18(t *testing.T) string {
	t.Helper()
	g, err := zoo.Build("resnet18", zoo.Options{Seed: 1})
	require.NoError(t, err)
	f, err := os.Create(filepath.Join(t.TempDir(), "resnet18.onnx"))
	require.NoError(t, err)
	require.NoError(t, onnx.Write(f, g, onnx.Meta{Name: "resnet18"}))
	require.NoError(t, f.Close())
	return f.Name()
}

func TestONNXRuntimeWorker(t *testing.T) {
	py := python(t)
	file := resnet18(t)
	ask := worker(t, py, "ort_worker.py")
	require.Contains(t, ask(`{"cmd":"prepare","net":"resnet18","task":"infer","batch":2,"threads":2}`).Error, `"model" is missing`)
	require.False(t, ask(`{"cmd":"prepare","net":"resnet18","task":"full","batch":2,"threads":2,"model":%q}`, file).OK)
	r := ask(`{"cmd":"prepare","net":"resnet18","task":"infer","batch":2,"threads":2,"model":%q}`, file)
	require.True(t, r.OK, r.Error)
	require.Contains(t, r.Library, "onnxruntime 1.32.0")
	checkRound(t, ask)
}
