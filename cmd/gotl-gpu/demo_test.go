package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/transfer"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

func TestDemo(t *testing.T) {
	t.Chdir(t.TempDir())
	v, dirs := fakeVerbs(), []string{}
	v.demo = func(_ context.Context, dir, device string, _ transfer.Opener, _ transfer.Sink) (*transfer.DemoResult, error) {
		require.Equal(t, "auto", device)
		require.DirExists(t, dir)
		dirs = append(dirs, dir)
		s := &report.Summary{Classes: []string{"a", "b"}, Counts: report.Counts{Train: 20}, Val: &report.SplitResult{Balanced: .9}}
		return &transfer.DemoResult{Folder: dir, Transfer: s, Scratch: s}, nil
	}
	for range 2 {
		r := do(t, v, "", "demo")
		require.Zero(t, r.code, r.err)
		require.Contains(t, r.out, "20 training pictures of a, b")
		require.Contains(t, r.out, "gotl-gpu finetune")
	}
	require.Equal(t, []string{filepath.Join("runs", "demo-1"), filepath.Join("runs", "demo-2")}, dirs, "nothing is overwritten")
}

func TestDemoWithoutAPlace(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("runs", nil, 0o600))
	v := fakeVerbs()
	v.demo = func(context.Context, string, string, transfer.Opener, transfer.Sink) (*transfer.DemoResult, error) {
		panic("must not be reached")
	}
	r := do(t, v, "", "demo")
	require.Equal(t, 10, r.code)
	require.Contains(t, r.err, "folder not made")
}
