package main

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/bench/protocol"
	"github.com/gotl-gpu/gotl-gpu/dnnl"
)

// TestAnswers plays a driver: commands in any order, two tasks one after the other.
func TestAnswers(t *testing.T) {
	if _, err := dnnl.LibraryInfo(); err != nil {
		t.Skipf("oneDNN is not here (make deps): %v", err)
	}
	runtime.LockOSThread() // as main does
	defer runtime.UnlockOSThread()
	w := &worker{}
	defer func() { require.NoError(t, w.drop()) }()
	_, err := w.answer(protocol.Request{Cmd: "round"})
	require.ErrorContains(t, err, "nothing is prepared")
	for _, q := range []protocol.Request{{Task: "infer", Batch: 1}, {Task: "cached-head", Batch: 8}} {
		q.Cmd, q.Net, q.Threads = "prepare", "mobilenet_v2", 2
		r, err := w.answer(q)
		require.NoError(t, err)
		require.Contains(t, r.Library, "oneDNN 3.")
		require.Positive(t, r.Planned)
		r, err = w.answer(protocol.Request{Cmd: "round", MinSteps: 3})
		require.NoError(t, err)
		require.Equal(t, 3, r.Steps)
		require.Equal(t, 3*q.Batch, r.Images)
		require.Positive(t, r.Seconds)
		require.LessOrEqual(t, 3*r.BestStep, r.Seconds*1.0001)
		require.GreaterOrEqual(t, r.PeakRSS, r.RSS/2)
		require.GreaterOrEqual(t, r.Calls, 3.)
	}
	_, err = w.answer(protocol.Request{Cmd: "prepare", Net: "mobilenet_v2", Task: "infer", Batch: 1, Threads: 1})
	require.ErrorContains(t, err, "start another worker")
	_, err = w.answer(protocol.Request{Cmd: "prepare", Net: "mobilenet_v2", Task: "half", Batch: 1, Threads: 2})
	require.ErrorContains(t, err, "unknown task")
	_, err = w.answer(protocol.Request{Cmd: "prepare", Net: "nowhere.onnx", Task: "infer", Batch: 1, Threads: 2})
	require.Error(t, err)
	_, err = w.answer(protocol.Request{Cmd: "dance"})
	require.ErrorContains(t, err, "unknown command")
	_, err = w.answer(protocol.Request{Cmd: "drop"})
	require.NoError(t, err)
}
