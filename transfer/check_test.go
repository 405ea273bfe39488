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
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

func openRef(string) (graph.Backend, error) { return ref.New(), nil }

// liar is a back end that computes as the reference does and then spoils what Read
// returns, as a broken library would.
type liar struct {
	graph.Backend
	spoil func(name string, t *graph.Tensor)
}

func (l liar) Compile(p *graph.Program, o graph.CompileOptions) (graph.Executable, error) {
	x, err := l.Backend.Compile(p, o)
	return lie{x, l.spoil}, err
}

type lie struct {
	graph.Executable
	spoil func(string, *graph.Tensor)
}

func (l lie) Read(name string, t *graph.Tensor) error {
	err := l.Executable.Read(name, t)
	if err == nil {
		l.spoil(name, t)
	}
	return err
}

func lying(spoil func(string, *graph.Tensor)) Opener {
	return func(string) (graph.Backend, error) { return liar{ref.New(), spoil}, nil }
}

// check runs a check and returns its lines by kind.
func check(t *testing.T, s CheckSettings, open Opener) (map[string][]Comparison, error) {
	t.Helper()
	d := CheckSettings{Device: "ref", Batch: "1,3", RTol: 3e-4, Reference: "yes", Model: s.Model, Input: s.Input, Expect: s.Expect, Train: s.Train}
	if s.Batch != "" {
		d.Batch = s.Batch
	}
	if s.Reference != "" {
		d.Reference = s.Reference
	}
	lines := map[string][]Comparison{}
	err := Check(context.Background(), d, open, func(c Comparison) { lines[c.Kind] = append(lines[c.Kind], c) })
	return lines, err
}

func TestFormulaInput(t *testing.T) {
	x := formulaTensor(graph.Shape{2, 1, 2, 2}, 0)
	// by hand: (0·31+7) mod 255 = 7; (1·31+7) = 38; row 1: (97·31+7) mod 255 = 3014 − 11·255 = 209
	require.Equal(t, []float32{7/127.5 - 1, 38/127.5 - 1}, x.F32[:2])
	require.Equal(t, float32(209/127.5-1), x.F32[4])
}

func TestCheckPasses(t *testing.T) {
	net := tinyNet(t, t.TempDir())
	lines, err := check(t, CheckSettings{Model: net, Batch: "1,3,8", Train: true}, openRef)
	require.NoError(t, err)
	require.Len(t, lines["reference"], 3)
	require.Len(t, lines["rows"], 2, "batch 1 has no row to compare")
	require.Len(t, lines["loss"], 1)
	require.Equal(t, 3, lines["loss"][0].Batch, "the smallest with several rows")
	require.Contains(t, lines["gradients"][0].Note, "worst of 8, 0 failed") // 2 × (conv.w, scale, bias) + fc.w, fc.b
}

func TestCheckFindsWrongNumbers(t *testing.T) {
	net := tinyNet(t, t.TempDir())
	for _, c := range []struct {
		name, kind string
		s          CheckSettings
		spoil      func(string, *graph.Tensor)
	}{
		{"outputs", "reference", CheckSettings{}, func(name string, t *graph.Tensor) {
			if name == "fc" {
				t.F32[0] *= 1.01
			}
		}},
		{"NaN", "finite", CheckSettings{}, func(name string, t *graph.Tensor) {
			if name == "fc" {
				t.F32[1] /= 0
			}
		}},
		{"rows that mix", "rows", CheckSettings{Reference: "no"}, func(name string, t *graph.Tensor) {
			if name == "fc" && t.Shape[0] > 1 {
				t.F32[t.Len()-1] += t.F32[0]
			}
		}},
		{"a gradient", "gradients", CheckSettings{Train: true}, func(name string, t *graph.Tensor) {
			if name == graph.OptPrefix+"m/layer0.w" {
				t.F32[0] += .1
			}
		}},
		{"the loss", "loss", CheckSettings{Train: true}, func(name string, t *graph.Tensor) {
			if name == graph.LossName {
				t.F32[0] *= 1.001
			}
		}},
		{"a gradient without reference", "finite", CheckSettings{Train: true, Reference: "no"}, func(name string, t *graph.Tensor) {
			if name == graph.OptPrefix+"m/fc.b" {
				t.F32[0] /= 0
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.s.Model = net
			lines, err := check(t, c.s, lying(c.spoil))
			require.ErrorIs(t, err, fault.ErrParity)
			require.Equal(t, 8, fault.ExitCode(err))
			failed := false
			for _, l := range lines[c.kind] {
				failed = failed || !l.OK && strings.HasPrefix(l.String(), "FAIL  batch ")
			}
			require.True(t, failed, "%v", lines)
		})
	}
}

func TestCheckExpected(t *testing.T) {
	dir := t.TempDir()
	net := tinyNet(t, dir)
	var row []float32
	record := lying(func(name string, x *graph.Tensor) {
		if name == "fc" && row == nil {
			row = append(row, x.F32[:5]...)
		}
	})
	_, err := check(t, CheckSettings{Model: net}, record)
	require.NoError(t, err)
	right, wrong, misfit := filepath.Join(dir, "right.npy"), filepath.Join(dir, "wrong.npy"), filepath.Join(dir, "misfit.npy")
	writeNPY(t, right, row, 1, 5)
	writeNPY(t, wrong, append([]float32{row[0] + 1}, row[1:]...), 1, 5)
	writeNPY(t, misfit, row[:4], 1, 4)

	lines, err := check(t, CheckSettings{Model: net, Expect: right}, openRef)
	require.NoError(t, err)
	require.Len(t, lines["expect"], 2)
	lines, err = check(t, CheckSettings{Model: net, Expect: wrong, Reference: "no"}, openRef)
	require.ErrorIs(t, err, fault.ErrParity)
	require.False(t, lines["expect"][1].OK)
	require.NotContains(t, lines, "reference")
	_, err = check(t, CheckSettings{Model: net, Expect: misfit}, openRef)
	require.ErrorIs(t, err, fault.ErrUsage)
	require.ErrorContains(t, err, "fits no output")
}

func TestCheckInput(t *testing.T) {
	dir := t.TempDir()
	net, file := tinyNet(t, dir), filepath.Join(dir, "x.npy")
	// the formula's row 0 as a file must give the formula's own row 0 for every row
	writeNPY(t, file, formulaTensor(graph.Shape{1, 3, 16, 16}, 0).F32, 1, 3, 16, 16)
	rows := map[int][]float32{}
	see := lying(func(name string, x *graph.Tensor) {
		if name == "fc" && x.Shape[0] == 3 {
			rows[len(rows)] = append([]float32(nil), x.F32...)
		}
	})
	_, err := check(t, CheckSettings{Model: net, Batch: "3"}, see)
	require.NoError(t, err)
	_, err = check(t, CheckSettings{Model: net, Batch: "3", Input: file}, see)
	require.NoError(t, err)
	require.Equal(t, rows[0][:5], rows[1][:5])
	require.Equal(t, rows[1][:5], rows[1][10:])
	require.NotEqual(t, rows[0][:5], rows[0][10:], "rows of the formula differ")

	writeNPY(t, file, make([]float32, 7), 7)
	_, err = check(t, CheckSettings{Model: net, Input: file}, openRef)
	require.ErrorIs(t, err, fault.ErrUsage)
	require.ErrorContains(t, err, "does not fit")
}

func TestCheckRefuses(t *testing.T) {
	dir := t.TempDir()
	net, junk := tinyNet(t, dir), filepath.Join(dir, "junk.onnx")
	require.NoError(t, os.WriteFile(junk, []byte("not a model"), 0o600))
	for _, c := range []struct {
		s    CheckSettings
		open Opener
		exit int
	}{
		{CheckSettings{Model: net, Batch: "x"}, openRef, 2},
		{CheckSettings{Model: net, Batch: "4097"}, openRef, 2},
		{CheckSettings{Model: net, Reference: "maybe"}, openRef, 2},
		{CheckSettings{Model: net, Expect: "nowhere.npy"}, openRef, 2},
		{CheckSettings{Model: junk}, openRef, 4},
		{CheckSettings{Model: filepath.Join(dir, "nowhere.onnx")}, openRef, 4},
		{CheckSettings{Model: net}, func(string) (graph.Backend, error) { return nil, fault.ErrDevice }, 5},
	} {
		_, err := check(t, c.s, c.open)
		require.Equal(t, c.exit, fault.ExitCode(err), "%+v: %v", c.s, err)
	}
}

func TestCheckStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := Check(ctx, CheckSettings{Model: tinyNet(t, t.TempDir()), Batch: "1", RTol: 1, Reference: "yes"}, openRef, func(Comparison) {})
	require.ErrorIs(t, err, context.Canceled)
}

// TestCheckAssets checks the smaller real networks with gradients on the device
// under test.
func TestCheckAssets(t *testing.T) {
	if testing.Short() {
		t.Skip("the Go reference is slow")
	}
	files, err := filepath.Glob(filepath.Join(assets(t, "models"), "*", "*.onnx"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		if fi, err := os.Stat(f); err != nil || fi.Size() > 2<<20 {
			continue
		}
		t.Run(filepath.Base(filepath.Dir(f))+"/"+filepath.Base(f), func(t *testing.T) {
			_, err := check(t, CheckSettings{Model: f, Batch: "1,2", Train: true}, openTest(t))
			require.NoError(t, err)
		})
	}
}
