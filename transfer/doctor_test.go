package transfer

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

func finding(t *testing.T, d *Diagnosis, name string) Finding {
	t.Helper()
	for _, f := range d.Findings {
		if f.Name == name {
			return f
		}
	}
	require.Fail(t, "no finding "+name)
	return Finding{}
}

func TestDoctorWell(t *testing.T) {
	dir := t.TempDir()
	gpu := func() (string, error) {
		return "", fault.New(fault.ErrDevice, "no CUDA device", "libcuda.so.1", "the driver sees no GPU", "check nvidia-smi")
	}
	d, err := Doctor(context.Background(), DoctorOptions{Open: openRef, GPU: gpu, Devices: []string{"ref"}, Dir: dir, Library: func() (Library, error) {
		return Library{Name: "oneDNN", Path: "/x/libdnnl.so.3", Version: "3.10.1", Minimum: "3.2", ISA: "AVX2", Threads: 2, Runtime: "/x/libgomp.so.1"}, nil
	}})
	require.NoError(t, err)
	require.Equal(t, []string{"ref"}, d.Devices)
	require.Equal(t, Finding{"library", "ok", "oneDNN 3.10.1 (minimum 3.2) /x/libdnnl.so.3", ""}, finding(t, d, "library"))
	require.Equal(t, "ok", finding(t, d, "isa").State)
	require.Equal(t, Finding{"cuda", "ok", "not used: no CUDA device: libcuda.so.1: the driver sees no GPU", "check nvidia-smi"}, finding(t, d, "cuda"))
	for _, name := range []string{"cpu", "memory", "jpeg", "disk", "fsync"} {
		require.NotEqual(t, "fail", finding(t, d, name).State)
	}
	text := finding(t, d, "ref").Text
	for _, c := range selfCases {
		require.Contains(t, text, c.name+" 0e+00", "the reference against itself")
	}
	require.Equal(t, len(d.Findings), strings.Count(d.Text(), "\n")-strings.Count(d.Text(), "  do: "))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left, "no litter")
}

func TestDoctorIll(t *testing.T) {
	broken := lying(func(_ string, x *graph.Tensor) {
		if x.F32 != nil {
			x.F32[0] += 1
		}
	})
	d, err := Doctor(context.Background(), DoctorOptions{Open: broken, Devices: []string{"cpu"}, Dir: filepath.Join(t.TempDir(), "nowhere"),
		Library: func() (Library, error) {
			return Library{}, fault.New(fault.ErrDevice, "oneDNN cannot be loaded", "", "not there", "run make deps")
		}})
	require.ErrorIs(t, err, fault.ErrDevice)
	require.Equal(t, 5, fault.ExitCode(err))
	require.Empty(t, d.Devices)
	require.Equal(t, "run make deps", finding(t, d, "library").Remedy)
	require.Equal(t, "fail", finding(t, d, "fsync").State)
	for _, c := range selfCases {
		f := finding(t, d, "cpu "+c.name)
		require.Equal(t, "fail", f.State)
		require.Contains(t, f.Text, "wrong numbers")
		require.NotEmpty(t, f.Remedy)
	}
}

func TestDoctorOldLibrary(t *testing.T) {
	d := &Diagnosis{}
	d.library(func() (Library, error) {
		return Library{Name: "oneDNN", Version: "2.7.3", Minimum: "3.0", ISA: "SSE4.1"}, nil
	})
	require.Equal(t, "fail", finding(t, d, "library").State)
	require.Equal(t, "warn", finding(t, d, "isa").State)
	require.Equal(t, "warn", finding(t, d, "openmp").State)
}

func TestOlder(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"3.2.0", "3.0", false}, {"3.0", "3.0", false}, {"2.9", "3.0", true}, {"3.9", "3.10", true}, {"3.10", "3.9", false}, {"3", "3.0.1", true}} {
		require.Equal(t, c.want, older(c.a, c.b), "%v", c)
	}
}

func TestCgroups(t *testing.T) {
	root := t.TempDir()
	put := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o600))
	}
	require.Zero(t, cpuQuota(root))
	put("cpu/cpu.cfs_quota_us", "-1\n")
	put("cpu/cpu.cfs_period_us", "100000\n")
	require.Zero(t, cpuQuota(root), "version 1 without a limit")
	put("cpu/cpu.cfs_quota_us", "250000\n")
	require.Equal(t, 2.5, cpuQuota(root))
	put("cpu.max", "max 100000\n")
	require.Zero(t, cpuQuota(root))
	put("cpu.max", "150000 100000\n")
	require.Equal(t, 1.5, cpuQuota(root))

	require.Zero(t, cgroupLeft(root))
	put("memory.max", "max\n")
	require.Zero(t, cgroupLeft(root))
	put("memory.max", "1000\n")
	put("memory.current", "400\n")
	require.EqualValues(t, 600, cgroupLeft(root))
	require.EqualValues(t, 2<<20, memAvailable("MemTotal: 9 kB\nMemAvailable:    2048 kB\n"))
	require.Zero(t, memAvailable(""))
}
