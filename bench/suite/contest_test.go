package suite

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/bench/protocol"
)

// TestSidesTakeTurns: all prepare, then round by round one after the other; the
// best round after the warm-up counts (here the warm-up is the fastest).
func TestSidesTakeTurns(t *testing.T) {
	t.Setenv("GOTL_TEST_AS", "worker")
	log := filepath.Join(t.TempDir(), "log")
	c := Contest{Rounds: 3, Seconds: 1, MinSteps: 2, Pause: time.Millisecond, Threads: 2}
	out := c.Run(t.Context(), []Side{
		fake(t, log, "ours", Alone, same, 100, "900", "10", "30", "20"),
		fake(t, log, "torch", Frameworks, uncached, 300, "900", "20", "10", "15"),
		fake(t, log, "ort", Frameworks, only("infer"), 300, "1", "1", "1", "1"),
	}, protocol.Request{Net: "resnet18", Task: "cached-last", Batch: 32, Model: "/tmp/resnet18.onnx"})
	require.Len(t, out, 2, "a side without this task does not appear")
	require.NoError(t, out[0].Err)
	require.InDelta(t, 30, out[0].Best, 1e-9)
	require.InDelta(t, 20, out[1].Best, 1e-9)
	require.Equal(t, int64(100e6), out[0].Peak)
	require.Equal(t, int64(5e6), out[0].Prepared.Planned)
	require.Equal(t, []string{
		"ours prepare cached-last b32 t2 resnet18.onnx", "torch prepare last b32 t2 resnet18.onnx",
		"ours round  b0 t0 .", "torch round  b0 t0 .", "ours round  b0 t0 .", "torch round  b0 t0 .",
		"ours round  b0 t0 .", "torch round  b0 t0 .", "ours round  b0 t0 .", "torch round  b0 t0 .",
	}, logged(t, log))
}

func TestSidesThatFail(t *testing.T) {
	t.Setenv("GOTL_TEST_AS", "worker")
	log := filepath.Join(t.TempDir(), "log")
	c := Contest{Rounds: 2, Threads: 2}
	out := c.Run(t.Context(), []Side{
		fake(t, log, "ours", Alone, same, 1, "1", "1", "1"),
		fake(t, log, "refuses", Frameworks, same, 1, "refuse"),
		fake(t, log, "dies", Frameworks, same, 1, "1", "die"),
		fake(t, log, "diverges", Frameworks, same, 1, "1", "1", "fail"),
		{Name: "absent", Kind: Frameworks, Task: same, Argv: []string{"/nowhere/python"}},
	}, protocol.Request{Net: "resnet18", Task: "full", Batch: 32})
	require.NoError(t, out[0].Err)
	require.EqualError(t, out[1].Err, "refuses: no such net")
	require.ErrorContains(t, out[2].Err, "dies: ended: Killed by the kernel")
	require.EqualError(t, out[3].Err, "diverges: diverged")
	require.ErrorContains(t, out[4].Err, "absent: ")
}

func TestNoAnswer(t *testing.T) {
	w, err := StartWorker(t.Context(), "sleeper", []string{"sleep", "60"})
	require.NoError(t, err)
	began := time.Now()
	_, err = w.Ask(t.Context(), protocol.Request{Cmd: "round"}, 50*time.Millisecond)
	require.ErrorContains(t, err, `no answer to "round" within 50ms`)
	w.Stop()
	require.Less(t, time.Since(began), 10*time.Second, "it was forced")
}

func TestTailKeepsTheEnd(t *testing.T) {
	var s tail
	for range 100 {
		_, _ = s.Write([]byte("0123456789"))
	}
	_, _ = s.Write([]byte("\nthe end\n"))
	require.Len(t, s.text, 400)
	require.Contains(t, s.String(), "789 the end")
}
