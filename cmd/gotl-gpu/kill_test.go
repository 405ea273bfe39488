package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	pics "github.com/gotl-gpu/gotl-gpu/transfer/demo"
)

// job runs the demo's network on drawn pictures in a process of its own.
type job struct {
	t                  *testing.T
	pictures, net, dir string
}

func newJob(t *testing.T) *job {
	dir := t.TempDir()
	j := &job{t: t, pictures: filepath.Join(dir, "pictures"), net: filepath.Join(dir, "net.onnx"), dir: dir}
	require.NoError(t, os.WriteFile(j.net, pics.Pretrained, 0o644))
	require.NoError(t, pics.WriteFolder(j.pictures, pics.Target, pics.Sizes{Train: 8, Val: 4, Side: pics.Side}, 5))
	return j
}

// run starts or resumes a run and sends sig after step at (0: never).
func (j *job) run(out string, at int, sig syscall.Signal, resume bool) error {
	exe, err := os.Executable()
	require.NoError(j.t, err)
	argv := []string{"finetune", j.pictures, "--model", j.net, "--output-dir", out, "--batch", "8", "--frozen-epochs", "2", "--epochs", "4",
		"--aug", "none", "--save-every", "1steps", "--json"}
	if resume {
		argv = []string{"finetune", "--resume", out, "--json"}
	}
	c := exec.Command(exe, argv...)
	c.Env = append(os.Environ(), "GOTL_TEST_AS=product")
	var errs bytes.Buffer
	c.Stderr = &errs
	pipe, err := c.StdoutPipe()
	require.NoError(j.t, err)
	require.NoError(j.t, c.Start())
	n := 0
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		if strings.Contains(lines.Text(), `"phase":"train `) {
			if n++; n == at {
				require.NoError(j.t, c.Process.Signal(sig))
			}
		}
	}
	err = c.Wait()
	if at == 0 {
		require.NoError(j.t, err, "%s", errs.String())
	}
	return err
}

// A run that is interrupted, terminated or killed after a step and then resumed
// ends with the bytes of the run that was left alone.
func TestSignalledRunsResumeExactly(t *testing.T) {
	j := newJob(t)
	quiet := filepath.Join(j.dir, "quiet")
	require.NoError(t, j.run(quiet, 0, 0, false))
	want, err := os.ReadFile(filepath.Join(quiet, "model.onnx"))
	require.NoError(t, err)
	every := 1
	if testing.Short() {
		every = 10
	}
	for i, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		for at := 1 + i%every; at <= 20; at += every {
			out := filepath.Join(j.dir, fmt.Sprintf("%d-%d", sig, at))
			code := exitCode(j.run(out, at, sig, false))
			require.Contains(t, []int{0, 128 + int(sig), -1}, code, "%v after step %d", sig, at) // 0: it ended first
			if code != 0 {
				require.NoError(t, j.run(out, 0, 0, true), "%v after step %d", sig, at)
			}
			got, err := os.ReadFile(filepath.Join(out, "model.onnx"))
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, got), "%v after step %d", sig, at)
		}
	}
}
