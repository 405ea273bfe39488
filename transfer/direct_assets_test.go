package transfer

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// TestDirectOfRealNets uses every network of the test material that names its classes:
// targets mapped by name and by a file have the scores that its own probabilities add
// up to, worked out here; names it does not know are refused.
func TestDirectOfRealNets(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(assets(t, "models"), "*", "*.onnx"))
	require.NoError(t, err)
	pictures := somePictures(t, 8)
	tried := 0
	for _, file := range files {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(file), "labels.txt"))
		if err != nil {
			continue
		}
		names := strings.Split(strings.TrimRight(string(b), "\r\n"), "\n")
		a, z := uniqueName(t, names, len(names)/5), uniqueName(t, names, len(names)/2)
		tried++
		t.Run(filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), func(t *testing.T) {
			dir := t.TempDir()
			data := filepath.Join(dir, "data")
			for i, src := range pictures {
				to := filepath.Join(data, []string{names[a], names[z]}[i%2], filepath.Base(src))
				require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
				b, err := os.ReadFile(src)
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(to, b, 0o644))
			}
			s := tinySettings(t, data, file, "")
			s.Preset, s.Scheme, s.ValSplit = "", "direct", .5
			weights := map[int]map[int]float64{a: {a: 1}, z: {z: 1}}
			directScores(t, s, "name", filepath.Join(dir, "name"), names, weights)

			weights = map[int]map[int]float64{a: {a: 1, (a + 1) % len(names): .5}, z: {(z + 2) % len(names): 2}}
			table := "source,target,weight\n"
			for target, row := range weights {
				for source, w := range row {
					table += fmt.Sprintf("%d,%q,%g\n", source, names[target], w)
				}
			}
			csv := filepath.Join(dir, "map.csv")
			require.NoError(t, os.WriteFile(csv, []byte(table), 0o644))
			directScores(t, s, csv, filepath.Join(dir, "file"), names, weights)

			s.Map, s.OutputDir = "name", filepath.Join(dir, "unknown")
			require.NoError(t, os.Rename(filepath.Join(data, names[a]), filepath.Join(data, "no such thing")))
			_, err := Finetune(t.Context(), s, Origins{}, openTest(t), func(Event) {})
			require.Error(t, err)
			require.Equal(t, 2, fault.ExitCode(err), err)
		})
	}
	require.GreaterOrEqual(t, tried, 3)
}

// uniqueName is the first class from k on whose name is one word of letters that no
// other class has.
func uniqueName(t *testing.T, names []string, k int) int {
	for i := k; i < len(names); i++ {
		n := 0
		for _, other := range names {
			for part := range strings.SplitSeq(other, ",") {
				if strings.EqualFold(strings.TrimSpace(part), names[i]) {
					n++
				}
			}
		}
		if n == 1 && !strings.ContainsAny(names[i], ",'. /") {
			return i
		}
	}
	require.Fail(t, "no unique name")
	return 0
}

func somePictures(t *testing.T, n int) (out []string) {
	require.NoError(t, filepath.WalkDir(assets(t, "datasets"), func(p string, d fs.DirEntry, err error) error {
		if err == nil && len(out) < n && strings.HasSuffix(p, ".jpg") {
			out = append(out, p)
		}
		return err
	}))
	require.Len(t, out, n)
	return out
}

// directScores runs direct use and compares predictions_val.csv with the network's own
// probabilities, weighted and added up: weights[target][source] by index of names.
func directScores(t *testing.T, s Settings, how, out string, names []string, weights map[int]map[int]float64) {
	s.Map, s.OutputDir = how, out
	_, err := Finetune(t.Context(), s, Origins{}, openTest(t), func(Event) {})
	require.NoError(t, err)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	j := &job{set: s, origins: Origins{}, sink: func(Event) {}, seconds: map[string]time.Duration{}}
	require.NoError(t, j.prepare(t.Context(), openTest(t)))
	defer j.close()
	src, err := j.source()
	require.NoError(t, err)
	theta, at, err := j.sourceProbs(t.Context(), src, j.valAt)
	require.NoError(t, err)
	want := map[string]map[string]float64{}
	for r, i := range at {
		row, sum, score := theta[r*len(names):(r+1)*len(names)], 0.0, map[string]float64{}
		for target, sources := range weights {
			for source, w := range sources {
				score[names[target]] += w * row[source]
			}
			sum += score[names[target]]
		}
		for name := range score {
			score[name] /= sum
		}
		want[j.data.Samples[i].Path] = score
	}
	rows := readCSVFile(t, filepath.Join(out, "predictions_val.csv"))
	require.Len(t, rows, len(at)+1)
	for _, r := range rows[1:] {
		for c, head := range rows[0] {
			if name, ok := strings.CutPrefix(head, "p_"); ok {
				got, err := strconv.ParseFloat(r[c], 64)
				require.NoError(t, err)
				require.InDelta(t, want[r[0]][name], got, 1e-5, "%s of %s", name, r[0])
			}
		}
	}
}
