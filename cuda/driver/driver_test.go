//go:build cuda

package driver

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"gorgonia.org/cu"

	"github.com/gotl-gpu/gotl-gpu/cuda/standin"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

var control *standin.Control

// childEnv makes this test binary print Status and end: a process loads libcuda once.
const childEnv = "GOTL_TEST_STATUS"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		err := Status()
		fmt.Print(fault.Format(err))
		os.Exit(fault.ExitCode(err))
	}
	dir, err := standin.Build("../..")
	if err == nil {
		err = os.Setenv(EnvPath, dir)
	}
	if err == nil {
		control, err = standin.Open(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "stand-in:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func status(t *testing.T, env ...string) (int, string) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, childEnv+"=1")...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil {
		require.ErrorAs(t, err, &exit)
		return exit.ExitCode(), string(out)
	}
	return 0, string(out)
}

// TestStatus: every way CUDA can be missing or too old has exit code 5, a reason and a remedy.
func TestStatus(t *testing.T) {
	notCUDA := t.TempDir()
	require.NoError(t, os.WriteFile(notCUDA+"/libcuda.so.1", []byte("not a library"), 0o644))
	for _, c := range []struct{ name, env, want string }{
		{"no library", EnvPath + "=/nowhere", "install the NVIDIA driver"},
		{"not a library", EnvPath + "=" + notCUDA, "cannot be loaded"},
		{"no device", "GOTL_STANDIN_DEVICES=0", "CUDA_VISIBLE_DEVICES"},
		{"no device at cuInit", "GOTL_STANDIN_INIT=100", "the driver is there but sees no GPU"},
		{"too old", "GOTL_STANDIN_VERSION=11080", "it is for CUDA 11.8, want 12.0 or newer"},
		{"mismatch", "GOTL_STANDIN_INIT=803", "reboot"},
	} {
		code, out := status(t, c.env)
		require.Equal(t, 5, code, c.name)
		require.Contains(t, out, c.want, c.name)
		require.Contains(t, out, "  do ", c.name)
		require.Contains(t, out, "--device cpu", c.name)
	}
	require.NoError(t, Status())
	i, err := DriverInfo()
	require.NoError(t, err)
	require.Equal(t, "13.0", i.Version) // the stand-in's default
	require.Equal(t, 1, i.Devices)
	require.True(t, strings.HasSuffix(i.Path, "build/standin/libcuda.so.1"), i.Path)
}

// TestHandleSizes: stream, event and function of cu are read as one pointer.
func TestHandleSizes(t *testing.T) {
	const one = unsafe.Sizeof(uintptr(0))
	require.Equal(t, one, unsafe.Sizeof(cu.Stream{}))
	require.Equal(t, one, unsafe.Sizeof(cu.Event{}))
	require.Equal(t, one, unsafe.Sizeof(cu.Function{}))
	require.Equal(t, one, unsafe.Sizeof(cu.Module{}))
}

func TestNoSuchGPU(t *testing.T) {
	_, err := Open(7)
	require.ErrorIs(t, err, fault.ErrDevice)
	require.ErrorContains(t, err, "there are 1")
}

// TestThreadRule: another goroutine on another thread is refused.
func TestThreadRule(t *testing.T) {
	d, err := Open(0)
	require.NoError(t, err)
	got := make(chan error)
	go func() {
		_, err := d.Alloc(State, 4)
		got <- err
	}()
	require.ErrorIs(t, <-got, ErrThread)
	require.NoError(t, d.Close())
	require.ErrorIs(t, d.Close(), ErrClosed)
}

func TestCounters(t *testing.T) {
	d, err := Open(0)
	require.NoError(t, err)
	b, err := d.Alloc(Weights, 1000)
	require.NoError(t, err)
	require.Equal(t, int64(1000), Live()[Weights])
	require.Equal(t, int64(1000), Live().DeviceBytes())
	require.ErrorContains(t, d.Close(), "1 objects are still open")
	require.NoError(t, b.Close())
	require.ErrorIs(t, b.Close(), ErrClosed)
	_, err = d.Alloc(State, 2<<30) // the stand-in has 1 GiB
	require.True(t, OutOfMemory(err))
	require.Equal(t, fault.Memory, fault.ClassOf(err))
	require.ErrorContains(t, err, "CUDA_ERROR_OUT_OF_MEMORY (2)")
	require.NoError(t, d.Close())
	require.Equal(t, Usage{}, Live())
	require.Zero(t, control.Live())
}

func TestBoundsAreChecked(t *testing.T) {
	d, err := Open(0)
	require.NoError(t, err)
	s, err := d.NewStream()
	require.NoError(t, err)
	b, err := d.Alloc(State, 16)
	require.NoError(t, err)
	require.ErrorIs(t, s.Fill(b, 8, 9, 0), fault.ErrInternal)
	require.ErrorIs(t, s.Fill(b, -1, 1, 0), fault.ErrInternal)
	require.ErrorIs(t, s.Fill(b, math.MaxInt64, 1, 0), fault.ErrInternal)
	require.ErrorIs(t, s.Launch(&Kernel{m: &Module{d: d}}, Grid{1, 1, 1, 1}, 0), ErrClosed)
	require.NoError(t, errors.Join(b.Close(), s.Close(), d.Close()))
}

// closer closes in reverse order; what fails once is tried again.
type closer []interface{ Close() error }

func (c closer) close() (first error) {
	for i := len(c) - 1; i >= 0; i-- {
		err := c[i].Close()
		if first == nil {
			first = err
		}
		if err != nil {
			if again := c[i].Close(); again != nil {
				return fmt.Errorf("second Close: %w", again)
			}
		}
	}
	return first
}

// session uses every part of the package: it casts 1, -2.5, 3 to bfloat16 inside a
// captured graph, launched twice, and returns the three results.
func session() (y []uint16, err error) {
	var open closer
	defer func() { err = errors.Join(err, open.close()) }()
	d, err := Open(0)
	if err != nil {
		return nil, err
	}
	open = append(open, d)
	if _, _, err := d.Memory(); err != nil {
		return nil, err
	}
	in, err := d.Alloc(Activations, 12)
	if err != nil {
		return nil, err
	}
	open = append(open, in)
	out, err := d.Alloc(Workspace, 6)
	if err != nil {
		return nil, err
	}
	open = append(open, out)
	host, err := d.AllocHost(12)
	if err != nil {
		return nil, err
	}
	open = append(open, host)
	back, err := d.AllocHost(6)
	if err != nil {
		return nil, err
	}
	open = append(open, back)
	s, err := d.NewStream()
	if err != nil {
		return nil, err
	}
	open = append(open, s)
	m, err := d.Load([]byte("standin"))
	if err != nil {
		return nil, err
	}
	open = append(open, m)
	k, err := m.Kernel("cast_f32_bf16")
	if err != nil {
		return nil, err
	}
	start, err := d.NewEvent()
	if err != nil {
		return nil, err
	}
	open = append(open, start)
	end, err := d.NewEvent()
	if err != nil {
		return nil, err
	}
	open = append(open, end)
	for i, v := range []float32{1, -2.5, 3} {
		binary.LittleEndian.PutUint32(host.Data[4*i:], math.Float32bits(v))
	}
	g, err := s.Capture(func() error {
		if err := s.Upload(in, 0, host); err != nil {
			return err
		}
		if err := s.Fill(out, 0, 6, 0); err != nil {
			return err
		}
		if err := s.Launch(k, Grid{1, 1, 1, 32}, 0, out.Ptr, in.Ptr, int64(3)); err != nil {
			return err
		}
		return s.Download(back, out, 0)
	})
	if err != nil {
		return nil, err
	}
	open = append(open, g)
	if back.Data[1] = 0x77; back.Data[1] != 0x77 {
		return nil, errors.New("pinned memory is not writable")
	}
	err = s.Record(start)
	for range 2 {
		err = errors.Join(err, g.Launch(s))
	}
	err = errors.Join(err, s.Record(end), s.Wait(end), end.Synchronize(), s.Copy(in, 8, in, 0, 4), s.Synchronize(), d.Synchronize())
	if err != nil {
		return nil, err
	}
	if took, err := end.Since(start); err != nil || took < 0 {
		return nil, fmt.Errorf("took %v: %w", took, err)
	}
	for i := range 3 {
		y = append(y, binary.LittleEndian.Uint16(back.Data[2*i:]))
	}
	return y, nil
}

// The upper halves of the float32 bits of 1, -2.5 and 3, which bfloat16 holds exactly.
var wantSession = []uint16{0x3f80, 0xc020, 0x4040}

func TestSession(t *testing.T) {
	y, err := session()
	require.NoError(t, err)
	require.Equal(t, wantSession, y)
	require.Equal(t, Usage{}, Live())
	require.Zero(t, control.Live())
}

// TestEveryCallFailedOnce: a typed error, nothing left behind, and the next session works.
func TestEveryCallFailedOnce(t *testing.T) {
	control.Fail(0, 0)
	_, err := session()
	require.NoError(t, err)
	calls := control.Calls()
	require.Greater(t, calls, 40)
	seen := map[string]bool{}
	for n := 1; n <= calls; n++ {
		for _, code := range []int{codeOutOfMemory, 999} {
			control.Fail(n, code)
			_, err := session()
			name := control.Failed()
			seen[name] = true
			control.Fail(0, 0)
			require.Error(t, err, "call %d %s", n, name)
			class := fault.ClassOf(err)
			require.True(t, class == fault.Device || class == fault.Memory, "call %d %s: %v is of class %v", n, name, err, class)
			require.Equal(t, Usage{}, Live(), "call %d %s", n, name)
			require.Zero(t, control.Live(), "call %d %s", n, name)
		}
	}
	for _, name := range []string{"cuMemAlloc_v2", "cuMemFree_v2", "cuStreamEndCapture", "cuGraphInstantiateWithFlags",
		"cuGraphDestroy", "cuLaunchKernel", "cuCtxSetCurrent", "cuDevicePrimaryCtxRelease_v2", "cuEventDestroy_v2"} {
		require.True(t, seen[name], name)
	}
	y, err := session()
	require.NoError(t, err)
	require.Equal(t, wantSession, y)
}
