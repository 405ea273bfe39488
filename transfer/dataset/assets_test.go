package dataset

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// assets returns GOTL_ASSETS, or shared/assets beside the repository.
func assets(t *testing.T, sub string) string {
	root := os.Getenv("GOTL_ASSETS")
	for dir, _ := os.Getwd(); root == "" && dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			root = filepath.Join(filepath.Dir(dir), "shared", "assets")
		}
	}
	p := filepath.Join(root, sub)
	if _, err := os.Stat(p); err != nil {
		t.Skipf("no assets at %s: set GOTL_ASSETS", p)
	}
	return p
}

// Every folder of datasets is an image folder: it scans without a skipped
// picture, splits, and all its pictures decode.
func TestAssetDataSets(t *testing.T) {
	sets, err := filepath.Glob(filepath.Join(assets(t, "datasets"), "*"))
	require.NoError(t, err)
	require.NotEmpty(t, sets)
	for _, dir := range sets {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			o := Options{Path: dir}
			if t0, err := readCSV(filepath.Join(dir, "labels.csv")); err == nil {
				if _, ok := t0.cols["person"]; ok {
					o.GroupBy = "labels.csv:person"
				}
			}
			s := scan(t, o)
			require.Empty(t, s.Skipped)
			require.NoError(t, s.Split(SplitOptions{Val: .2, Seed: 42}))
			groups := map[string]Split{}
			for _, x := range s.Samples {
				if was, ok := groups[x.Group]; ok && x.Group != "" {
					require.Equal(t, was, x.Split, x.Group)
				}
				groups[x.Group] = x.Split
			}
			share := float64(len(s.Indices(Val))) / float64(len(s.Samples))
			require.InDelta(t, .2, share, .02)
			v := evalView{resize.Spec{Rule: resize.ONNX, Size: 36, Filter: resize.Bilinear, Antialias: true, CropH: 32, CropW: 32}}
			at := all(s)
			if testing.Short() {
				at = at[:min(200, len(at))]
			}
			l := loader(t, s, LoaderOptions{Indices: at, View: v, Batch: 64, Shuffle: true})
			require.NotEmpty(t, record(t, l, 0))
			require.Empty(t, l.Skipped())
			t.Logf("%d pictures, classes %v, val %.3f, warnings %v", len(s.Samples), s.Classes, share, s.Warnings)
		})
	}
}

// Every model folder's sidecar is read.
func TestAssetSidecars(t *testing.T) {
	models, err := filepath.Glob(filepath.Join(assets(t, "models"), "*"))
	require.NoError(t, err)
	n := 0
	for _, m := range models {
		f := FindSidecar(m)
		if f == "" {
			continue
		}
		p, err := LoadPreset(f, "")
		require.NoError(t, err, m)
		require.Equal(t, resize.ONNX, p.Resize.Rule)
		require.GreaterOrEqual(t, p.Resize.Size, p.Crop[0], m)
		n++
	}
	require.Positive(t, n)
}
