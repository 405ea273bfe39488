package dnnl

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/onnx/onnxtest"
)

// The test material on this back end: every case, whatever its size;
// the small ones only with -short.

func TestModelVectors(t *testing.T) { onnxtest.ModelVectors(t, assetConfig(t)) }
func TestNodeVectors(t *testing.T)  { onnxtest.NodeVectors(t, assetConfig(t), onnxtest.T1) }
func TestRealExports(t *testing.T)  { onnxtest.RealExports(t, assetConfig(t)) }
func TestLightModels(t *testing.T)  { onnxtest.LightModels(t, assetConfig(t)) }

func assetConfig(t *testing.T) onnxtest.Config {
	runtime.LockOSThread() // unlocked with the goroutine's end
	b, err := New()
	require.NoError(t, err, "run make deps")
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	c := onnxtest.Config{Backend: b}
	if testing.Short() { // under the race detector or AddressSanitizer
		c.MaxMACs, c.MaxWeights = 500e6, 64<<20
	}
	return c
}
