package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDispatch(t *testing.T) {
	require.ErrorContains(t, dispatch(t.Context(), nil), "usage")
	require.ErrorContains(t, dispatch(t.Context(), []string{"walk"}), "usage")
	require.ErrorContains(t, dispatch(t.Context(), []string{"run", "-nonsense"}), "nonsense")
	require.ErrorContains(t, dispatch(t.Context(), []string{"run", "everything"}), "unknown suite")
	require.ErrorIs(t, dispatch(t.Context(), []string{"check", filepath.Join(t.TempDir(), "x.json")}), os.ErrNotExist)
}

func TestCheck(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.json")
	row := `{"suite":"engine","net":"resnet18","task":"full","batch":32,"dtype":"f32","ours":12,"peer":"pytorch","theirs":10,"ratio":1.2,"unit":"img/s","rounds":3,"bar":1.1}`
	require.NoError(t, os.WriteFile(file, []byte("["+row+"]"), 0o600))
	require.NoError(t, dispatch(t.Context(), []string{"check", file}))
	require.NoError(t, os.WriteFile(file, []byte(`[{"suite":"engine","net":"resnet18","task":"full","unit":"img/s","ours":10,"peer":"pytorch","theirs":10,"ratio":1,"bar":1.1}]`), 0o600))
	require.ErrorContains(t, dispatch(t.Context(), []string{"check", file}), "1 of 1 bars missed")
}

// TestMissingBinary: a cell whose worker cannot start is a failure, not a silence.
func TestMissingBinary(t *testing.T) {
	err := dispatch(t.Context(), []string{"run", "-bin", "/nowhere", "-results", t.TempDir(), "-only", "resnet18/infer", "engine"})
	require.ErrorContains(t, err, "/nowhere/bench-worker")
}
