package checkpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
)

func sample() *State {
	big := make([]float32, 3*chunk+5) // more than one conversion buffer
	for i := range big {
		big[i] = float32(i) * .5
	}
	return &State{
		Meta: Meta{
			Program: "0.1.0", Phase: "tune", Epoch: 3, Batch: 7, Step: 1 << 40, Seed: math.MaxUint64, MicroBatch: 32,
			Stop:    metrics.EarlyStop{Patience: 10, Waited: 2, Best: metrics.Best{Known: true, Epoch: 1, Score: 1. / 3, Loss: math.MaxFloat64}},
			Hashes:  map[string]string{"data": "d0", "config": "c0", "model": "m0"},
			Engines: map[string]string{"threads": "2"}, Logs: map[string]int64{"metrics.jsonl": 12345},
			Text: map[string]string{"note": "<a> & \u2028"}, Numbers: map[string]float64{"lr": .1 + .2},
		},
		Tensors: []Tensor{
			{"conv.w", []int{2, 3}, []float32{1, -2, float32(math.Inf(1)), math.Float32frombits(0x7fa00001), 0, float32(math.Copysign(0, -1))}},
			{"order", []int{2}, []int64{math.MinInt64, math.MaxInt64}},
			{"rng", []int{3}, []byte{0, 255, 7}},
			{"empty", []int{0, 4}, []float32{}},
			{"scalar", []int{}, []float32{4}},
			{"big", []int{len(big)}, big},
		},
	}
}

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "last.ckpt")
	want := sample()
	require.NoError(t, Save(path, want))
	got, err := Load(path)
	require.NoError(t, err)
	requireSame(t, want, got)
}

// requireSame compares bit by bit: NaN payloads and signed zeros count.
func requireSame(t *testing.T, want, got *State) {
	t.Helper()
	require.Equal(t, want.Meta, got.Meta)
	require.Len(t, got.Tensors, len(want.Tensors))
	for i := range want.Tensors {
		a, b := want.Tensors[i], got.Tensors[i]
		require.Equal(t, a.Name, b.Name)
		require.Equal(t, a.Shape, b.Shape)
		require.Equal(t, bitsOf(t, &a), bitsOf(t, &b), a.Name)
		require.IsType(t, a.Data, b.Data)
	}
}

func bitsOf(t *testing.T, x *Tensor) string {
	h := sha256.New()
	require.NoError(t, x.writeTo(h))
	return hex.EncodeToString(h.Sum(nil))
}

// Equal states give equal files, whatever order the maps are walked in.
func TestDeterministicBytes(t *testing.T) {
	dir := t.TempDir()
	var first []byte
	for range 20 {
		path := filepath.Join(dir, "a.ckpt")
		require.NoError(t, Save(path, sample()))
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		if first == nil {
			first = b
		}
		require.Equal(t, first, b)
	}
	require.Zero(t, len(first)%align)
}

func TestSaveRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.ckpt")
	require.NoError(t, Save(path, sample()))
	one := func(x Tensor) *State { return &State{Tensors: []Tensor{x}} }
	for name, s := range map[string]*State{
		"length":       one(Tensor{"a", []int{2}, []float32{1}}),
		"type":         one(Tensor{"a", []int{1}, []float64{1}}),
		"no data":      one(Tensor{"a", nil, nil}),
		"negative":     one(Tensor{"a", []int{-1}, []float32{}}),
		"rank":         one(Tensor{"a", make([]int, 9), []float32{}}),
		"no name":      one(Tensor{"", nil, []float32{1}}),
		"bad UTF-8":    one(Tensor{"\xff", nil, []float32{1}}),
		"twice":        {Tensors: []Tensor{{"a", nil, []float32{1}}, {"a", nil, []float32{1}}}},
		"not a number": {Meta: Meta{Numbers: map[string]float64{"x": math.NaN()}}},
		"long header":  {Meta: Meta{Text: map[string]string{"x": string(make([]byte, maxHeader))}}},
	} {
		require.ErrorIs(t, Save(path, s), fault.ErrInternal, name)
	}
	got, err := Load(path)
	require.NoError(t, err)
	requireSame(t, sample(), got)
	require.ErrorIs(t, Save(filepath.Join(dir, "no", "a.ckpt"), sample()), fault.ErrStorage)
}

func TestFloat32(t *testing.T) {
	s := sample()
	v, err := s.Float32("conv.w", 6)
	require.NoError(t, err)
	require.Len(t, v, 6)
	for _, c := range []struct {
		name string
		n    int
	}{{"conv.w", 5}, {"order", 2}, {"missing", 1}} {
		_, err := s.Float32(c.name, c.n)
		require.ErrorIs(t, err, fault.ErrCheckpoint)
		require.ErrorContains(t, err, c.name)
	}
}

func TestMatch(t *testing.T) {
	m := sample().Meta
	require.NoError(t, m.Match(map[string]string{"data": "d0", "model": "m0"}))
	err := m.Match(map[string]string{"data": "d0", "config": "c1", "other": "x"})
	require.ErrorIs(t, err, fault.ErrCheckpoint)
	require.Equal(t, 2, fault.ExitCode(err))
	require.ErrorContains(t, err, "config, other changed since the checkpoint: config: checkpoint c0, now c1; other: checkpoint none, now x")
	err = m.Match(map[string]string{"data": "d1"})
	require.ErrorIs(t, err, fault.ErrCheckpoint)
	require.ErrorIs(t, err, fault.ErrChanged)
	require.Equal(t, 3, fault.ExitCode(err))
}

// Lazy data are the same bytes in the file; a wrong length is refused, and an error of
// the source reaches the caller.
func TestLazy(t *testing.T) {
	data := []float32{1, 2, 3, 4, 5, 6}
	calls := 0
	lazy := Lazy(func() ([]float32, error) { calls++; return data, nil })
	write := func(d any) ([]byte, error) {
		path := filepath.Join(t.TempDir(), "x.ckpt")
		if err := Save(path, &State{Tensors: []Tensor{{Name: "w", Shape: []int{2, 3}, Data: d}}}); err != nil {
			return nil, err
		}
		return os.ReadFile(path)
	}
	want, err := write(data)
	require.NoError(t, err)
	got, err := write(lazy)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, 2, calls)
	_, err = write(Lazy(func() ([]float32, error) { return data[:5], nil }))
	require.ErrorIs(t, err, fault.ErrInternal)
	require.ErrorContains(t, err, "wants 6 elements, data have 5")
	_, err = write(Lazy(func() ([]float32, error) { return nil, os.ErrDeadlineExceeded }))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
}
