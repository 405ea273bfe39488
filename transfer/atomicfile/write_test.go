package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	es, err := os.ReadDir(dir)
	require.NoError(t, err)
	out := make([]string, 0, len(es))
	for _, e := range es {
		out = append(out, e.Name())
	}
	return out
}

func TestReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.bin")
	require.NoError(t, WriteBytes(path, []byte("one")))
	require.NoError(t, WriteBytes(path, []byte("second")))
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "second", string(b))
	require.Equal(t, []string{"a.bin"}, names(t, dir))
}

func TestCallersErrorComesBackAsItIs(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.bin")
	require.NoError(t, WriteBytes(path, []byte("old")))
	mine := errors.New("mine")
	err := WriteFile(path, func(w io.Writer) error {
		_, werr := w.Write(make([]byte, 1<<20))
		require.NoError(t, werr)
		return mine
	})
	require.Equal(t, mine, err)
	requireIntact(t, dir, path)
}

func TestPanicLeavesNoLitter(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.bin")
	require.NoError(t, WriteBytes(path, []byte("old")))
	require.Panics(t, func() { _ = WriteFile(path, func(io.Writer) error { panic("x") }) })
	requireIntact(t, dir, path)
}

func requireIntact(t *testing.T, dir, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "old", string(b))
	require.Equal(t, []string{filepath.Base(path)}, names(t, dir))
}

// Every call of a save fails once, with each errno: RELIABILITY B2.
func TestEachCallFails(t *testing.T) {
	errnos := []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EACCES, syscall.EDQUOT, syscall.EFBIG}
	for _, call := range []string{"create", "write", "short", "write2", "sync", "close", "rename"} {
		for _, errno := range errnos {
			t.Run(call+"/"+errno.Error(), func(t *testing.T) {
				dir := t.TempDir()
				path := filepath.Join(dir, "a.bin")
				require.NoError(t, WriteBytes(path, []byte("old")))
				err := failing(call, errno).replace(path, func(w io.Writer) error {
					_, err := w.Write(make([]byte, 3*bufferBytes))
					if err != nil {
						return errors.New("the caller hides the cause")
					}
					_, err = w.Write(make([]byte, 10))
					return err
				})
				requireStorage(t, err, path)
				if call != "short" {
					require.ErrorIs(t, err, errno)
					require.Contains(t, err.Error(), errno.Error())
				}
				requireIntact(t, dir, path)
			})
		}
	}
}

func requireStorage(t *testing.T, err error, path string) {
	t.Helper()
	require.ErrorIs(t, err, fault.ErrStorage)
	require.Equal(t, 10, fault.ExitCode(err))
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	require.Contains(t, e.Where, path)
	require.NotEmpty(t, e.What)
	require.NotEmpty(t, e.Do)
	require.Contains(t, e.Why, "intact")
}

// A failed fsync of the folder comes after the rename: the new file stands.
func TestFolderSyncFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.bin")
	err := failing("syncdir", syscall.EIO).replace(path, func(w io.Writer) error { return nil })
	require.ErrorIs(t, err, fault.ErrStorage)
	require.ErrorIs(t, err, syscall.EIO)
	require.Equal(t, []string{"a.bin"}, names(t, dir))
}

func TestMissingFolder(t *testing.T) {
	err := WriteBytes(filepath.Join(t.TempDir(), "no", "a.bin"), nil)
	require.ErrorIs(t, err, fault.ErrStorage)
	require.Contains(t, fault.Format(err), "create the folder first")
}

func TestSpaceIsNamed(t *testing.T) {
	dir := t.TempDir()
	err := failing("write", syscall.ENOSPC).replace(filepath.Join(dir, "a"), func(w io.Writer) error {
		_, err := w.Write(make([]byte, 2<<20))
		return err
	})
	require.Regexp(t, `a: no space left on device \(at least 2\.0 MiB needed, .* free\)`, err.Error())
}

func TestLongName(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, WriteBytes(filepath.Join(dir, strings.Repeat("n", 255)), []byte("x")))
	require.Len(t, names(t, dir), 1)
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	tmp, err := tempName(filepath.Join(dir, "last.ckpt"))
	require.NoError(t, err)
	for _, f := range []string{tmp, filepath.Join(dir, ".hidden"), filepath.Join(dir, "kept.~0123456789abcdef")} {
		require.NoError(t, os.WriteFile(f, nil, 0o600))
	}
	n, err := Sweep(dir)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, []string{".hidden", "kept.~0123456789abcdef"}, names(t, dir))
	n, err = Sweep(filepath.Join(dir, "missing"))
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 12 << 20: "12 MiB", 3 << 29: "1.5 GiB"} {
		require.Equal(t, want, Bytes(n))
	}
}
