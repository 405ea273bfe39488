package transfer

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/cache"
	"github.com/gotl-gpu/gotl-gpu/transfer/demo"
)

// outcome is what two runs must have in common: model.onnx and every prediction.
type outcome struct {
	model, predictions string
	notes              []string // of the plans
	warned             []string
	passed             bool // the frozen part ran in a pass of its own
}

func (o outcome) bits() [2]string { return [2]string{o.model, o.predictions} }

// cacheRun trains into a new folder with the settings that edit makes.
func cacheRun(t *testing.T, data, model string, edit func(*Settings)) (o outcome) {
	s := tinySettings(t, data, model, filepath.Join(t.TempDir(), "run"))
	s.FrozenEpochs, s.Epochs, s.CacheViews = 3, 3, 2
	edit(&s)
	require.NoError(t, finetune(t, t.Context(), s, o.listen))
	o.model = fmt.Sprintf("%x", sha256.Sum256(modelBytes(t, s.OutputDir)))
	p, err := os.ReadFile(filepath.Join(s.OutputDir, "predictions_val.csv"))
	require.NoError(t, err)
	o.predictions = string(p)
	return o
}

func (o *outcome) listen(e Event) {
	switch e := e.(type) {
	case Planned:
		o.notes = append(o.notes, e.Notes...)
	case Warning:
		o.warned = append(o.warned, e.Text)
	case Progress:
		o.passed = o.passed || e.Phase == featureRecords || e.Phase == activationRecords
	}
}

// says returns the plans' lines about caches.
func (o outcome) says() string {
	var lines []string
	for _, n := range o.notes {
		if strings.HasPrefix(n, "cache ") {
			lines = append(lines, n)
		}
	}
	return strings.Join(lines, "\n")
}

// schemes are settings whose frozen parts end at different places.
var schemes = map[string]func(*Settings){
	"features":             func(s *Settings) { s.Scheme = "features" },
	"features one view":    func(s *Settings) { s.Scheme, s.CacheViews = "features", 1 },
	"features plain":       func(s *Settings) { s.Scheme, s.Aug = "features", "none" },
	"features mlp":         func(s *Settings) { s.Scheme, s.Head = "features", "mlp:6" },
	"cut":                  func(s *Settings) { s.Scheme, s.Freeze = "finetune", "cut:layer0.conv" },
	"cut batch statistics": func(s *Settings) { s.Scheme, s.Freeze, s.BN = "finetune", "cut:layer0.conv", "train" },
	"cut plain":            func(s *Settings) { s.Scheme, s.Freeze, s.Aug = "finetune", "layer0", "none" },
	"cut one view":         func(s *Settings) { s.Scheme, s.TrainOnly, s.CacheViews = "finetune", "layer1", 1 },
	"cut ema":              func(s *Settings) { s.Scheme, s.Freeze, s.EMA = "finetune", "layer0", "0.9" },
}

// TestCachedIsUncached: the same bits without a cache, with one being filled, in
// memory or on disk, and with one left by a former run, which then computes nothing
// of the frozen part.
func TestCachedIsUncached(t *testing.T) {
	dir := t.TempDir()
	model, data := tinyNet(t, dir), tinyData(t, filepath.Join(dir, "data"))
	for name, scheme := range schemes {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			run := func(mode, folder string) outcome {
				return cacheRun(t, data, model, func(s *Settings) {
					scheme(s)
					s.Cache, s.CacheDir = mode, filepath.Join(dir, folder)
				})
			}
			none := run("none", "none")
			files, err := filepath.Glob(filepath.Join(dir, "none", "*.rec"))
			require.NoError(t, err)
			require.Empty(t, files)
			require.Contains(t, none.says(), "off: --cache none")
			first := run("auto", "a")
			require.Equal(t, none.bits(), first.bits(), "filling")
			require.Contains(t, first.says(), "ram 1 MB new")
			require.True(t, first.passed)
			again := run("auto", "a")
			require.Equal(t, none.bits(), again.bits(), "found")
			require.Regexp(t, `^(cache \w+ ram 1 MB hit\n?)+$`, again.says())
			require.False(t, again.passed, "the frozen part was computed again")

			memory := recordMemory
			recordMemory = func() int64 { return 0 }
			defer func() { recordMemory = memory }()
			for range 2 {
				require.Equal(t, none.bits(), run("auto", "d").bits(), "disk")
			}
			require.Contains(t, run("auto", "d").says(), "disk 1 MB hit")
		})
	}
}

// TestCacheOff: free augmentation and too few epochs say that nothing is cached.
func TestCacheOff(t *testing.T) {
	dir := t.TempDir()
	model, data := tinyNet(t, dir), tinyData(t, filepath.Join(dir, "data"))
	o := cacheRun(t, data, model, func(s *Settings) { s.Freeze, s.CacheViews = "layer0", 0 })
	require.Equal(t, "cache features off: augmentation is free\ncache activations off: augmentation is free", o.says())
	o = cacheRun(t, data, model, func(s *Settings) { s.Freeze, s.CacheViews, s.CacheDir = "layer0", 3, filepath.Join(dir, "c") })
	require.Contains(t, o.says(), "cache activations off: 3 epochs read each of 3 views at most once")
	o = cacheRun(t, data, model, func(s *Settings) {})
	require.NotContains(t, o.says(), "activations", "nothing is frozen")
}

// Held if (epochs - views)·prefix > write + read: 2 pictures took 1 s; 5 epochs on 4
// views save 0.5 s a picture and move 9 records of 4000 bytes, 36000 bytes.
func TestWorth(t *testing.T) {
	memory, disk := memorySpeed, diskSpeed
	defer func() { memorySpeed, diskSpeed = memory, disk }()
	p := &prefix{cut: &cut{rows: []graph.Shape{{1000}}}, spent: time.Second, pictures: 2}
	memorySpeed, diskSpeed = 72001, 71999
	require.Empty(t, p.worth(5, 4, cache.RAM))
	require.Contains(t, p.worth(5, 4, cache.Disk), "costs less")
	require.Contains(t, p.worth(4, 4, cache.RAM), "at most once")
}

// TestCacheMisses: whatever the numbers depend on makes a new cache, and only then.
func TestCacheMisses(t *testing.T) {
	dir := t.TempDir()
	model, data := tinyNet(t, dir), tinyData(t, filepath.Join(dir, "data"))
	run := func(edit func(*Settings)) outcome {
		return cacheRun(t, data, model, func(s *Settings) {
			s.Scheme, s.CacheDir = "features", filepath.Join(dir, "cache")
			edit(s)
		})
	}
	run(func(*Settings) {})
	for name, same := range map[string]func(*Settings){
		"rate": func(s *Settings) { s.LR = .1 }, "workers": func(s *Settings) { s.Workers = 1 }, "epochs": func(s *Settings) { s.Epochs = 5 },
	} {
		require.Contains(t, run(same).says(), " hit", name)
	}
	for name, other := range map[string]func(*Settings){
		"seed": func(s *Settings) { s.Seed = 7 }, "batch": func(s *Settings) { s.Batch = 4 }, "preset": func(s *Settings) { s.Preset = "torchvision" },
		"cut": func(s *Settings) { s.HeadNode = "pool" }, "orientation": func(s *Settings) { s.EXIF = "ignore" },
	} {
		require.NotContains(t, run(other).says(), "MB hit", name)
	}
	other := tinyNetSeed(t, t.TempDir(), 8)
	require.Contains(t, cacheRun(t, data, other, func(s *Settings) { s.Scheme, s.CacheDir = "features", filepath.Join(dir, "cache") }).says(), "new", "weights")

	require.Len(t, program(), 64, "the binary's hash, which decoder and resizer are part of")
}

// TestCachePicture: a changed picture is computed again, the others are not.
func TestCachePicture(t *testing.T) {
	dir := t.TempDir()
	model, data := tinyNet(t, dir), tinyData(t, filepath.Join(dir, "data"))
	run := func(mode string) outcome {
		return cacheRun(t, data, model, func(s *Settings) {
			s.Scheme, s.CacheDir, s.Cache, s.AllowLeak = "features", filepath.Join(dir, "cache"), mode, true
		})
	}
	before := run("auto")
	files, err := filepath.Glob(filepath.Join(data, "train", "*", "*"))
	require.NoError(t, err)
	b, err := os.ReadFile(files[1])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(files[0], b, 0o600))
	after := run("auto")
	require.Regexp(t, `9\d % hit`, after.says())
	require.NotEqual(t, before.bits(), after.bits())
	require.Equal(t, run("none").bits(), after.bits())
}

// TestCacheDamaged: damaged records cost a warning and time, not a bit.
func TestCacheDamaged(t *testing.T) {
	dir := t.TempDir()
	model, data := tinyNet(t, dir), tinyData(t, filepath.Join(dir, "data"))
	for _, freeze := range []string{"auto", "layer0"} {
		folder := filepath.Join(dir, freeze)
		run := func() outcome {
			return cacheRun(t, data, model, func(s *Settings) { s.Freeze, s.CacheDir = freeze, folder })
		}
		want := run()
		files, err := filepath.Glob(filepath.Join(folder, "*.rec"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, f := range files {
			b, err := os.ReadFile(f)
			require.NoError(t, err)
			for at := 8192; at < len(b); at += 500 {
				b[at] ^= 4
			}
			require.NoError(t, os.WriteFile(f, b, 0o600))
		}
		got := run()
		require.Equal(t, want.bits(), got.bits())
		require.Contains(t, strings.Join(got.warned, "\n"), "unreadable")
		require.Empty(t, run().warned, "repaired")
	}
}

// TestCacheInterrupted: a run stopped while it fills leaves what it computed, and
// the next gives the bits of a quiet one.
func TestCacheInterrupted(t *testing.T) {
	dir := t.TempDir()
	model, data := tinyNet(t, dir), tinyData(t, filepath.Join(dir, "data"))
	want := cacheRun(t, data, model, func(s *Settings) { s.Scheme, s.Cache = "features", "none" })
	for stop := 1; stop < 12; stop += 2 {
		folder := filepath.Join(dir, fmt.Sprint(stop))
		s := tinySettings(t, data, model, filepath.Join(dir, fmt.Sprint("run", stop)))
		s.Scheme, s.CacheDir, s.CacheViews, s.Epochs = "features", folder, 2, 3
		ctx, cancel := context.WithCancelCause(t.Context())
		n := 0
		err := finetune(t, ctx, s, func(e Event) {
			if p, ok := e.(Progress); ok && p.Phase == featureRecords {
				if n++; n == stop {
					cancel(fault.ErrInterrupted)
				}
			}
		})
		require.ErrorIs(t, err, fault.ErrInterrupted)
		got := cacheRun(t, data, model, func(s *Settings) { s.Scheme, s.CacheDir = "features", folder })
		require.Equal(t, want.bits(), got.bits())
		require.Contains(t, got.says(), "% hit")
	}
}

// TestCutRealNets: fine-tuning above a cut of real networks gives the same bits with
// and without the cut's activations held.
func TestCutRealNets(t *testing.T) {
	if testing.Short() {
		t.Skip("real networks")
	}
	files, err := filepath.Glob(filepath.Join(assets(t, "models"), "*", "*.onnx"))
	require.NoError(t, err)
	data := filepath.Join(t.TempDir(), "data")
	require.NoError(t, demo.WriteFolder(data, demo.Target, demo.Sizes{Train: 6, Val: 3, Side: 64}, 3))
	var c tally
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Size() > 3<<20 {
			continue // the larger ones take minutes
		}
		c.run(t, filepath.Join(filepath.Base(filepath.Dir(f)), filepath.Base(f)), func(t *testing.T) error {
			dir := t.TempDir()
			run := func(mode string) outcome {
				return cacheRun(t, data, f, func(s *Settings) {
					s.Scheme, s.Freeze, s.Preset, s.Cache, s.CacheDir, s.CacheViews = "finetune", "2", "", mode, dir, 1
					s.FrozenEpochs, s.Epochs = 1, 2
				})
			}
			want := run("none")
			for range 2 {
				require.Equal(t, want.bits(), run("auto").bits())
			}
			require.Regexp(t, `cache activations (ram|disk) \d+ MB hit`, run("auto").says())
			return nil
		})
	}
	c.report(t)
}
