package transfer

import (
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// TestFeatures: the file is read back by the reader of check, its rows are those of the
// table beside it, and equal pictures' features are those that training sees.
func TestFeatures(t *testing.T) {
	dir := t.TempDir()
	s := tinySettings(t, tinyData(t, filepath.Join(dir, "data")), tinyNet(t, dir), "")
	out := filepath.Join(dir, "f.npy")
	r, err := Features(t.Context(), FeaturesSettings{Settings: s, Out: out}, Origins{}, openTest(t), func(Event) {})
	require.NoError(t, err)
	x, err := readNPY(out)
	require.NoError(t, err)
	rows := readCSVFile(t, r.Labels)
	require.Equal(t, []int{len(rows) - 1, r.Dim}, []int(x.Shape))
	require.Equal(t, 12, r.Dim)

	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	j := &job{set: s, origins: Origins{}, sink: func(Event) {}, seconds: map[string]time.Duration{}}
	j.set.Scheme = "features"
	require.NoError(t, j.prepare(t.Context(), openTest(t)))
	defer j.close()
	f, err := j.bodyOf(t.Context(), []int{3})
	require.NoError(t, err)
	require.InDeltaSlice(t, f.row(3), x.F32[3*r.Dim:4*r.Dim], 1e-6)
	require.Equal(t, j.data.Samples[3].Path, rows[4][0])

	_, err = Features(t.Context(), FeaturesSettings{Settings: s, Out: "f.csv"}, Origins{}, openTest(t), func(Event) {})
	require.ErrorIs(t, err, fault.ErrUsage)
}
