//go:build cuda

package kernels

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/cuda/driver"
	"github.com/gotl-gpu/gotl-gpu/cuda/standin"
)

// TestMain runs the kernels on the stand-in, compiled for the host by g++.
func TestMain(m *testing.M) {
	dir, err := standin.Build("..")
	if err == nil {
		err = os.Setenv(driver.EnvPath, dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "stand-in:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// lengths are one thread, a block less and more one, an odd one over many blocks.
var lengths = []int{1, 31, 33, 255, 257, 1<<16 + 1}

// rig is a device with the kernels loaded.
type rig struct {
	*testing.T
	d *driver.Device
	s *driver.Stream
	k *Set
}

func open(t *testing.T) rig {
	d, err := driver.Open(0)
	require.NoError(t, err)
	s, err := d.NewStream()
	require.NoError(t, err)
	k, err := Load(d, []byte("standin"))
	require.NoError(t, err)
	return rig{t, d, s, k}
}

// done frees bufs, the kernels and the device; a written guard zone fails here.
func (r rig) done(bufs ...*driver.Buffer) {
	for _, b := range bufs {
		require.NoError(r, b.Close())
	}
	require.NoError(r, errors.Join(r.s.Synchronize(), r.k.Close(), r.s.Close(), r.d.Close()))
	require.Equal(r, driver.Usage{}, driver.Live())
}

func (r rig) bytes(data []byte) *driver.Buffer {
	b, err := r.d.Alloc(driver.State, int64(len(data)))
	require.NoError(r, err)
	h, err := r.d.AllocHost(b.Bytes)
	require.NoError(r, err)
	copy(h.Data, data)
	require.NoError(r, errors.Join(r.s.Upload(b, 0, h), r.s.Synchronize(), h.Close()))
	return b
}

func (r rig) read(b *driver.Buffer) []byte {
	h, err := r.d.AllocHost(b.Bytes)
	require.NoError(r, err)
	require.NoError(r, errors.Join(r.s.Download(h, b, 0), r.s.Synchronize()))
	out := append([]byte{}, h.Data...)
	require.NoError(r, h.Close())
	return out
}

func (r rig) up(x []float32) *driver.Buffer {
	data := make([]byte, 0, 4*len(x))
	for _, v := range x {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return r.bytes(data)
}

func (r rig) down(b *driver.Buffer) []float32 {
	data := r.read(b)
	x := make([]float32, len(data)/4)
	for i := range x {
		x[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return x
}

func random(seed uint64, n int) []float32 {
	g := rand.New(rand.NewPCG(seed, 7))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(g.NormFloat64())
	}
	return x
}

// near compares lengths and every element, NaN and Inf too: |got-want| <= tol·(1+|want|).
func near(t testing.TB, want, got []float32, tol float64) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, w := range want {
		d := math.Abs(float64(got[i]) - float64(w))
		if !(d <= tol*(1+math.Abs(float64(w)))) { // so that a NaN fails
			require.Failf(t, "not near", "element %d: got %v, want %v", i, got[i], w)
		}
	}
}
