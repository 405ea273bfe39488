package atomicfile

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

const childEnv = "GOTL_ATOMICFILE_CHILD"

// TestMain turns the test binary into the child of the limit test.
func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		os.Exit(child(path))
	}
	os.Exit(m.Run())
}

// child writes 4 MiB to path and appends to path.log until it fails.
func child(path string) int {
	err := WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(bytes.Repeat([]byte("new "), 1<<20))
		return err
	})
	l, lerr := OpenLog(path + ".log")
	if lerr != nil {
		fmt.Print(lerr)
		return 1
	}
	for lerr == nil && l.Offset() < 8<<20 {
		_, lerr = l.Write(bytes.Repeat([]byte("0123456789\n"), 1000))
	}
	fmt.Print(fault.Format(err), fault.Format(lerr))
	return fault.ExitCode(err)
}

// RLIMIT_FSIZE raises SIGXFSZ with every failed write; Go's runtime catches it,
// so the write must come back as EFBIG: clean error, old file, no litter, whole lines.
func TestFileSizeLimit(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model.onnx")
	require.NoError(t, WriteBytes(path, []byte("old")))
	cmd := exec.Command("sh", "-c", `ulimit -f 2048; exec "$0"`, os.Args[0]) // 1 MiB, or 2 where sh counts KiB
	cmd.Env = append(os.Environ(), childEnv+"="+path)
	out, err := cmd.CombinedOutput()
	require.Equal(t, 10, cmd.ProcessState.ExitCode(), "%v\n%s", err, out)
	require.Regexp(t, `^error: output: model.onnx not written
  where  .*/model.onnx: file too large \(at least 4.0 MiB needed, .* free, limit of a file [12].0 MiB\)
  why    the file written before is intact
  do     raise the file size limit`, string(out))
	require.Contains(t, string(out), "error: output: model.onnx.log not written")

	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "old", string(b))
	require.Equal(t, []string{"model.onnx", "model.onnx.log"}, names(t, dir))
	log, err := os.ReadFile(path + ".log")
	require.NoError(t, err)
	require.NotEmpty(t, log)
	require.Zero(t, len(log)%11000, "a partial record stayed")
}
