package transfer

import (
	"fmt"
	"os"
	"testing"
)

// TestMain gives the tests a cache folder of their own and holds whatever can be held.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "gotl-test-cache")
	if err == nil {
		err = os.Setenv("GOTL_CACHE_DIR", dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	memorySpeed, diskSpeed = 1e15, 1e15 // tiny networks' activations are worth holding
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}
