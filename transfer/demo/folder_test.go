package demo

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// The files decode to the rendered pixels; equal calls write equal bytes; no
// picture stands in both splits.
func TestWriteFolder(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	n := Sizes{Train: 2, Val: 3, Side: 16}
	require.NoError(t, WriteFolder(a, Target, n, 42))
	require.NoError(t, WriteFolder(b, Target, n, 42))
	files, err := filepath.Glob(filepath.Join(a, "*", "*", "*"))
	require.NoError(t, err)
	require.Len(t, files, 4*(2+3))
	seen := map[string]string{}
	for _, f := range files {
		rel, err := filepath.Rel(a, f)
		require.NoError(t, err)
		one, err := os.ReadFile(f)
		require.NoError(t, err)
		two, err := os.ReadFile(filepath.Join(b, rel))
		require.NoError(t, err)
		require.Equal(t, one, two, rel)
		require.Empty(t, seen[string(one)], rel)
		seen[string(one)] = rel
	}
	f, err := os.Open(filepath.Join(a, "train", "fish", "fish-0001.png"))
	require.NoError(t, err)
	defer f.Close()
	m, err := png.Decode(f)
	require.NoError(t, err)
	want := Render(Target, 1, 1, 42, 16)
	for y := range 16 {
		for x := range 16 {
			r, g, bl, _ := m.At(x, y).RGBA()
			wr, wg, wb, _ := want.At(x, y).RGBA()
			require.Equal(t, [3]uint32{wr, wg, wb}, [3]uint32{r, g, bl})
		}
	}
}

func TestWriteFolderRefuses(t *testing.T) {
	dir := t.TempDir()
	require.ErrorIs(t, WriteFolder(dir, Target, Sizes{1, 1, 4}, 1), fault.ErrUsage)
	require.ErrorIs(t, WriteFolder(dir, Target, Sizes{-1, 1, 32}, 1), fault.ErrUsage)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "train"), nil, 0o600))
	require.ErrorIs(t, WriteFolder(dir, Target, Sizes{1, 0, 32}, 1), fault.ErrStorage)
	require.NoError(t, WriteFolder(dir, Target, Sizes{0, 1, 32}, 1), "without a train split the file is not in the way")
}
