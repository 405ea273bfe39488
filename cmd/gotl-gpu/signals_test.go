package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

// start runs a waiting finetune in a process and returns once it is ready.
func start(t *testing.T) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	c := exec.Command(exe, "finetune", "data", "-m", "n.onnx", "--name", "wait")
	c.Env = append(os.Environ(), "GOTL_TEST_AS=fake")
	pipe, err := c.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	t.Cleanup(func() { _ = c.Process.Kill() })
	text := bufio.NewReader(pipe)
	await(t, text, "warning: ready")
	return c, text
}

func await(t *testing.T, r *bufio.Reader, line string) {
	t.Helper()
	for {
		l, err := r.ReadString('\n')
		require.NoError(t, err, "waiting for %q", line)
		if strings.TrimSpace(l) == line {
			return
		}
	}
}

func exitCode(err error) int {
	var e *exec.ExitError
	if errors.As(err, &e) {
		return e.ExitCode()
	}
	return 0
}

func TestSignalsEndARun(t *testing.T) {
	for sig, want := range map[syscall.Signal]struct {
		code int
		text string
	}{syscall.SIGINT: {130, "interrupted"}, syscall.SIGTERM: {143, "terminated"}} {
		c, text := start(t)
		require.NoError(t, c.Process.Signal(sig))
		all, _ := io.ReadAll(text)
		require.Equal(t, want.code, exitCode(c.Wait()))
		require.Contains(t, string(all), want.text)
	}
}

func TestHangupAsksForACheckpointAndGoesOn(t *testing.T) {
	c, text := start(t)
	for range 3 {
		require.NoError(t, c.Process.Signal(syscall.SIGHUP))
		await(t, text, "warning: checkpoint")
	}
	require.NoError(t, c.Process.Signal(syscall.SIGINT))
	_, _ = io.Copy(io.Discard, text)
	require.Equal(t, 130, exitCode(c.Wait()))
}

func TestClosedStandardOutputDoesNotEndARun(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	c := exec.Command(exe, "finetune", "data", "-m", "n.onnx", "--name", "wait")
	c.Env = append(os.Environ(), "GOTL_TEST_AS=fake")
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	t.Cleanup(func() { _ = c.Process.Kill() })
	_, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, out.Close())
	time.Sleep(100 * time.Millisecond) // some twenty lines into the closed pipe
	require.NoError(t, c.Process.Signal(syscall.SIGTERM))
	require.Equal(t, 143, exitCode(c.Wait()), "not ended by SIGPIPE before")
}

func TestSignalsTaken(t *testing.T) {
	var left []int
	w := &watcher{save: make(chan struct{}, 1), exit: func(n int) { left = append(left, n) }}
	ctx, cancel := context.WithCancelCause(context.Background())
	w.ctx, w.cancel = transfer.WithCheckpointRequests(ctx, w.save), cancel
	w.graceful.Store(true)
	w.take(syscall.SIGHUP)
	w.take(syscall.SIGHUP) // one request waits already: not blocked
	require.Len(t, w.save, 1)
	w.take(syscall.SIGINT)
	require.ErrorIs(t, context.Cause(w.ctx), fault.ErrInterrupted)
	require.Empty(t, left)
	w.take(syscall.SIGINT)
	require.Equal(t, []int{130}, left)
}

func TestCommandsWithNothingToSaveLeaveAtOnce(t *testing.T) {
	for sig, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
		left := 0
		w := &watcher{exit: func(n int) { left = n; panic("left") }}
		require.Panics(t, func() { w.take(sig) })
		require.Equal(t, code, left)
	}
}
