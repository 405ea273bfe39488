package suite

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/transfer/throughput"
)

// TestMemoryOfChildren: the block of a child counts for its parent.
func TestMemoryOfChildren(t *testing.T) {
	t.Setenv("GOTL_TEST_AS", "job")
	t.Setenv("GOTL_TEST_ACCURACY", "1")
	exe, err := os.Executable()
	require.NoError(t, err)
	u, err := RunCommand(t.Context(), []string{"sh", "-c", exe + " script.py; true"})
	require.NoError(t, err)
	require.Greater(t, u.Peak, int64(64<<20))
	require.Greater(t, u.Seconds, .3)
	require.Contains(t, u.Out, "epoch 1")
}

func TestCommandsThatFail(t *testing.T) {
	_, err := RunCommand(t.Context(), []string{"sh", "-c", "echo no disk >&2; exit 4"})
	require.EqualError(t, err, "sh: exit status 4: no disk")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err = RunCommand(ctx, []string{"sh", "-c", "sleep 60; true"})
	require.Error(t, err)
	require.Less(t, time.Since(began), 10*time.Second, "its children ended too")
}

// jobsOf runs fake jobs; accuracy is the peer's.
func jobsOf(t *testing.T, accuracy string) *JobSuite {
	t.Helper()
	t.Setenv("GOTL_TEST_AS", "job")
	t.Setenv("GOTL_TEST_ACCURACY", accuracy)
	exe, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	for _, j := range Jobs()[:1] {
		for _, f := range []string{j.Data + "/x", j.Model, j.Weights, j.Script} {
			require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, f)), 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(dir, f), nil, 0o600))
		}
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "job_finetune.py"), nil, 0o600))
	m := &Machine{CPU: "x", Date: "2026-11-23"}
	s, err := OpenStore(t.TempDir(), m)
	require.NoError(t, err)
	return &JobSuite{Product: exe, Python: exe, Peers: dir, Assets: dir, Rounds: 2, Store: s, Machine: m, Log: io.Discard}
}

func TestJobs(t *testing.T) {
	s := jobsOf(t, "0.97")
	require.NoError(t, s.Run(t.Context(), Jobs()))
	require.Len(t, s.Store.Rows, 6, "three jobs; SqueezeNet's files and the command compare are not there")
	r := s.Store.Rows[0]
	require.Equal(t, "head 4 views", r.Task)
	require.InDelta(t, r.Theirs/r.Ours, r.Ratio, 1e-9)
	require.Greater(t, r.Ratio, 1., "the fake peer sleeps")
	require.Empty(t, r.Note)
	require.InDelta(t, .98, r.Detail["accuracy"], 1e-9)
	require.InDelta(t, .97, r.Detail["their_accuracy"], 1e-9)
	require.Equal(t, "MB", s.Store.Rows[1].Unit)
	require.Greater(t, s.Store.Rows[1].Theirs, 64.)
	before := s.Store.Rows
	require.NoError(t, s.Run(t.Context(), Jobs()), "nothing is run again")
	require.Equal(t, before, s.Store.Rows)
}

func TestLowerAccuracyDoesNotCount(t *testing.T) {
	s := jobsOf(t, "0.99")
	s.Only = "job/head 1 view"
	require.NoError(t, s.Run(t.Context(), Jobs()))
	require.Len(t, s.Store.Rows, 2)
	require.Equal(t, "accuracy 0.9800 below 0.9900", s.Store.Rows[0].Note)
	require.True(t, s.Store.Rows[0].Missed())
}

// TestTarget: a job with a target is judged by it, not by the peer's luck.
func TestTarget(t *testing.T) {
	s := &JobSuite{Machine: &Machine{}}
	ours, theirs := &tried{seconds: 1, score: score{Accuracy: .971}}, &tried{seconds: 8, score: score{Accuracy: .99}}
	require.Empty(t, s.rows(Job{Target: .97}, ours, theirs)[0].Note)
	require.NotEmpty(t, s.rows(Job{Target: .98}, ours, theirs)[0].Note)
	require.NotEmpty(t, s.rows(Job{}, ours, theirs)[0].Note)
}

func TestLastLine(t *testing.T) {
	_, err := lastLine("epoch 1\nTraceback\n")
	require.ErrorContains(t, err, "Traceback")
}

func TestExporter(t *testing.T) {
	export := Exporter(t.TempDir())
	file, err := export("mobilenet_v2")
	require.NoError(t, err)
	m, err := onnx.Read(file, onnx.Options{Batch: 16})
	require.NoError(t, err)
	require.Equal(t, 16, m.Graph.Outputs[0].Shape[0], "the batch is free")
	again, err := export("mobilenet_v2")
	require.NoError(t, err)
	require.Equal(t, file, again)
	n, err := throughput.Open(file, 2)
	require.NoError(t, err)
	require.Equal(t, 1000, n.Logits.Shape[1])
	_, err = export("nonet")
	require.Error(t, err)
}

// TestCold: a missing binary is named; limits are bars of 1.
func TestCold(t *testing.T) {
	t.Setenv("GOTL_TEST_AS", "job")
	t.Setenv("GOTL_TEST_ACCURACY", "1")
	exe, err := os.Executable()
	require.NoError(t, err)
	m := &Machine{CPU: "x", Date: "2026-11-23"}
	s, err := OpenStore(t.TempDir(), m)
	require.NoError(t, err)
	c := Cold{Product: exe, Python: exe, Model: exe, Rounds: 1, Store: s, Machine: m, Log: io.Discard}
	require.NoError(t, c.Run(t.Context()))
	require.Len(t, s.Rows, 4)
	for i, task := range []string{"predict, cold", "help", "size of the binary", "predict, cold"} {
		require.Equal(t, task, s.Rows[i].Task)
		require.Equal(t, 1., s.Rows[i].Bar)
		require.InDelta(t, s.Rows[i].Theirs/s.Rows[i].Ours, s.Rows[i].Ratio, 1e-9)
	}
	require.Equal(t, coldPredict, s.Rows[0].Theirs)
	c.Product = "/nowhere/gotl-gpu"
	require.ErrorIs(t, c.Run(t.Context()), errNoFile)
}
