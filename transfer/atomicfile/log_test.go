package atomicfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

func TestLogIsCutBackOnResume(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	l, err := OpenLog(path)
	require.NoError(t, err)
	write(t, l, "a\n")
	at, err := l.Sync()
	require.NoError(t, err)
	require.EqualValues(t, 2, at)
	write(t, l, "lost after the checkpoint\n")
	require.NoError(t, l.Close())

	l, err = OpenLog(path) // the resumed run
	require.NoError(t, err)
	require.EqualValues(t, 28, l.Offset())
	require.NoError(t, l.TruncateTo(at))
	write(t, l, "b\n")
	require.NoError(t, l.Close())
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "a\nb\n", string(b))
}

func TestLogShorterThanCheckpoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.csv")
	l, err := OpenLog(path)
	require.NoError(t, err)
	write(t, l, "a\n")
	for _, off := range []int64{-1, 3} {
		require.ErrorIs(t, l.TruncateTo(off), fault.ErrStorage)
	}
	require.EqualValues(t, 2, l.Offset())
	require.NoError(t, l.Close())
	_, err = l.Write([]byte("x"))
	require.ErrorIs(t, err, fault.ErrStorage)
	require.ErrorIs(t, l.Close(), fault.ErrStorage)
}

func write(t *testing.T, l *Log, s string) {
	t.Helper()
	n, err := l.Write([]byte(s))
	require.NoError(t, err)
	require.Len(t, s, n)
}
