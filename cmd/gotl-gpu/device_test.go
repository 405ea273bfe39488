package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

func TestOpenDevice(t *testing.T) {
	b, err := openDevice("ref")
	require.NoError(t, err)
	require.Equal(t, "ref", b.Name())
	require.NoError(t, b.Close())
	for name, code := range map[string]int{"cuda:0": 5, "cuda": 5, "cuda:12": 5, "gpu": 2, "": 2, "cuda:x": 2} {
		_, err := openDevice(name)
		require.Equal(t, code, fault.ExitCode(err), name)
	}
}

// A GPU that cannot be used is named with the reason and the remedy, also when its
// driver is there, since no back end is.
func TestCUDAIsExplained(t *testing.T) {
	_, err := openDevice("cuda:0")
	require.Equal(t, 5, fault.ExitCode(err))
	require.Contains(t, fault.Format(err), "--device cpu")
	there := cudaStatus
	defer func() { cudaStatus = there }()
	cudaStatus = func() error { return nil }
	_, err = openDevice("cuda:0")
	require.Equal(t, 5, fault.ExitCode(err))
	require.ErrorContains(t, err, "no GPU back end in this version")
}

// TestNoSilentStepDown: without its library the CPU is an error, not another back end.
func TestNoSilentStepDown(t *testing.T) {
	r := process(t, []string{"GOTL_DNNL_PATH=/nowhere"}, "check", "--device", "cpu", "nowhere.onnx")
	require.Equal(t, 4, r.code, "the network is looked at first")
	r = process(t, []string{"GOTL_DNNL_PATH=/nowhere"}, "doctor")
	require.Equal(t, 5, r.code)
	require.Contains(t, r.out, "fail  library")
	require.Contains(t, r.err, "no back end works")
}
