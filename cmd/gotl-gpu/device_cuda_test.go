package main

import (
	"debug/elf"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/cuda/driver"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// TestNoCUDALinked: this binary, which holds what bin/gotl-gpu holds, and bin/gotl-gpu
// itself where it was built, need no library of CUDA and export nothing of its name.
func TestNoCUDALinked(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	files := []string{self}
	if _, err := os.Stat("../../bin/gotl-gpu"); err == nil {
		files = append(files, "../../bin/gotl-gpu")
	}
	for _, file := range files {
		f, err := elf.Open(file)
		require.NoError(t, err)
		needs, err := f.ImportedLibraries()
		require.NoError(t, err)
		require.Contains(t, needs, "libc.so.6", "the list is read")
		for _, lib := range needs {
			for _, bad := range []string{"libcuda", "libcudnn", "libcublas", "libnccl", "libnvrtc"} {
				require.False(t, strings.HasPrefix(lib, bad), "%s needs %s", file, lib)
			}
		}
		symbols, err := f.DynamicSymbols()
		require.NoError(t, err)
		for _, s := range symbols {
			require.False(t, strings.HasPrefix(s.Name, "cu") && len(s.Name) > 2 && s.Name[2] >= 'A' && s.Name[2] <= 'Z',
				"%s exports or imports %s", file, s.Name)
		}
		require.NoError(t, f.Close())
	}
}

// TestCUDAStatusOnABareMachine: the process starts, and says why there is no CUDA.
func TestCUDAStatusOnABareMachine(t *testing.T) {
	t.Setenv(driver.EnvPath, "/nowhere")
	err := cudaStatus()
	require.Equal(t, fault.Device, fault.ClassOf(err))
	require.Contains(t, fault.Format(err), "  do ")
}
