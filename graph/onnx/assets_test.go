package onnx_test

import (
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph/onnx/onnxtest"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// The reference back end is slow: it runs the small networks, the others run on
// the fast back ends through the same suites.
func refConfig(t *testing.T, macs int64) onnxtest.Config {
	b := ref.New()
	t.Cleanup(func() { _ = b.Close() })
	if testing.Short() {
		macs /= 8
	}
	return onnxtest.Config{Backend: b, MaxMACs: macs, MaxWeights: 64 << 20, Batches: []int{1, 3}}
}

func TestModelVectors(t *testing.T) { onnxtest.ModelVectors(t, refConfig(t, 2e9)) }
func TestNodeVectors(t *testing.T)  { onnxtest.NodeVectors(t, refConfig(t, 2e9), onnxtest.T1) }
func TestRealExports(t *testing.T)  { onnxtest.RealExports(t, refConfig(t, 700e6)) }
func TestLightModels(t *testing.T)  { onnxtest.LightModels(t, refConfig(t, 400e6)) }
