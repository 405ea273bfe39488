package transfer

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/dnnl"
	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// assets returns a folder of the test material ($GOTL_ASSETS, default
// ../shared/assets beside the repository), or skips.
func assets(t testing.TB, sub string) string {
	root := os.Getenv("GOTL_ASSETS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "assets")
	}
	dir := filepath.Join(root, sub)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("test material is not here: %v (set GOTL_ASSETS)", err)
	}
	return dir
}

// tally counts the cases of an asset test.
type tally struct{ passed, failed, refused int }

// run runs one case. An error of class model is a refusal, named in the log.
func (c *tally) run(t *testing.T, name string, f func(*testing.T) error) {
	refused := false
	ok := t.Run(name, func(t *testing.T) {
		err := f(t)
		if errors.Is(err, fault.ErrUnsupported) {
			refused = true
			t.Logf("refused: %v", err)
			return
		}
		require.NoError(t, err)
	})
	switch {
	case refused:
		c.refused++
	case ok:
		c.passed++
	default:
		c.failed++
	}
}

func (c *tally) report(t *testing.T) {
	t.Logf("%d passed, %d failed, %d refused", c.passed, c.failed, c.refused)
}

// testBackend opens the back end under test on this goroutine's locked thread.
func testBackend(t *testing.T) graph.Backend {
	runtime.LockOSThread()
	b, err := newTestBackend()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

// newTestBackend opens the CPU back end, or the one $GOTL_TEST_DEVICE names.
func newTestBackend() (graph.Backend, error) {
	if os.Getenv("GOTL_TEST_DEVICE") == "ref" {
		return ref.New(), nil
	}
	return dnnl.New()
}
