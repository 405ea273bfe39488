//go:build accept

package transfer

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/bench/ort"
	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

// The acceptance campaign: whole jobs on real networks and real pictures. It takes
// a long while and is run by `make accept`. Every folder of models and datasets is
// tried; figures are printed, one line a job.

// nets lists every .onnx file of the models folder.
func nets(t *testing.T) []string {
	files, err := filepath.Glob(filepath.Join(assets(t, "models"), "*", "*.onnx"))
	require.NoError(t, err)
	return files
}

func datasets(t *testing.T) []string {
	dirs, err := filepath.Glob(filepath.Join(assets(t, "datasets"), "*"))
	require.NoError(t, err)
	return dirs
}

func shortName(net string) string {
	return filepath.Base(filepath.Dir(net)) + "/" + strings.TrimSuffix(filepath.Base(net), ".onnx")
}

// runJob fine-tunes and returns the summary.
func runJob(t *testing.T, out string, given ...string) (*report.Summary, Settings) {
	flags := []Given{{Key: "output-dir", Value: out, Where: "test"}}
	for i := 0; i < len(given); i += 2 {
		flags = append(flags, Given{Key: given[i], Value: given[i+1], Where: "test"})
	}
	s, o, _, err := ParseSettings(Sources{Flags: flags})
	require.NoError(t, err)
	t0 := time.Now()
	sum, err := Finetune(t.Context(), s, o, openTest(t), func(Event) {})
	require.NoError(t, err)
	t.Logf("%-60s bal_acc %.3f acc %.3f majority %.3f epochs %d seconds %.1f rss %d MB", strings.Join(given, " "),
		float64(sum.Val.Balanced), float64(sum.Val.Accuracy), float64(sum.Val.Majority), sum.EpochsRun, time.Since(t0).Seconds(), *sum.PeakRSS>>20)
	return sum, s
}

// groupFlag splits by person where a labels.csv has that column.
func groupFlag(dir string) []string {
	b, err := os.ReadFile(filepath.Join(dir, "labels.csv"))
	if err != nil || !strings.Contains(strings.SplitN(string(b), "\n", 2)[0], "person") {
		return nil
	}
	return []string{"group-by", "labels.csv:person"}
}

// TestAcceptJobs trains a classifier for every data set from every network.
func TestAcceptJobs(t *testing.T) {
	for _, data := range datasets(t) {
		for _, net := range nets(t) {
			if only := os.Getenv("GOTL_ACCEPT"); only != "" && !strings.Contains(net+" "+data, only) {
				continue
			}
			t.Run(filepath.Base(data)+"/"+shortName(net), func(t *testing.T) {
				for _, scheme := range strings.Split(envOr("GOTL_ACCEPT_SCHEMES", "features,finetune"), ",") {
					out := filepath.Join(t.TempDir(), scheme)
					sum, s := runJob(t, out, append([]string{"data", data, "model", net, "scheme", scheme}, groupFlag(data)...)...)
					require.EqualValues(t, sum.Parity.Images, sum.Parity.LabelsEqual)
					requireORT(t, s)
				}
			})
		}
	}
}

func envOr(key, def string) string {
	if v := os.Getenv(key); v != "" {
		return v
	}
	return def
}

// requireORT runs model.onnx in ONNX Runtime on the validation pictures and compares
// every label with predictions_val.csv.
func requireORT(t *testing.T, s Settings) {
	if _, err := ort.Available(); err != nil {
		t.Log("ort: not checked")
		return
	}
	sess, err := ort.Open(filepath.Join(s.OutputDir, modelFile))
	require.NoError(t, err)
	defer sess.Close()
	set, err := openData(t.Context(), &s)
	require.NoError(t, err)
	c, _, err := openClassifier(s.OutputDir, "", "", "auto", s.EXIF, 32)
	require.NoError(t, err)
	at := set.Indices(dataset.Val)
	feed, err := newPixelFeed(set, c.pre, c.graph.Inputs[0], dataset.LoaderOptions{Indices: at, View: c.pre.View(), Batch: 32})
	require.NoError(t, err)
	st, err := feed.start(t.Context(), 0, 0)
	require.NoError(t, err)
	defer st.close()
	label := map[string]string{}
	for {
		b, err := st.next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		out, err := sess.Run(map[string]*graph.Tensor{c.graph.Inputs[0].Name: b.input[feed.input]})
		require.NoError(t, err)
		for r, y := range metrics.Argmax(out[logitsName].F32, len(c.classes)) {
			if b.real[r] >= 0 {
				label[set.Samples[b.real[r]].Path] = c.classes[y]
			}
		}
	}
	rows := readCSV(t, filepath.Join(s.OutputDir, "predictions_val.csv"))
	for _, row := range rows[1:] {
		require.Equal(t, row[2], label[row[0]], "label of %s", row[0])
	}
	require.Len(t, label, len(rows)-1)
}

// probed holds pooled accuracies of linear probes on a network's last features, measured
// on the same splits (design page SCHEMES, §8); where a network is not
// listed nothing is known.
var probed = map[string]float64{
	"faces-sex mobilenet-v1-025-128-imagenet/model": 92.6, "sign-digits mobilenet-v1-025-128-imagenet/model": 92.1,
	"faces-sex squeezenet1.1-features/model": 96.3, "sign-digits squeezenet1.1-features/model": 97.6,
	"faces-sex squeezenet1.0-imagenet/model": 97.5, "faces-sex mobilenet-v2-imagenet/model": 95.9,
	"faces-sex efficientnet-lite0-imagenet/model-bn": 97.5, "faces-sex efficientnet-lite0-imagenet/model": 97.5,
}

// TestAcceptFolds trains the features scheme on the splits of published probes:
// five folds by person where there are persons (people of each class sorted by
// SHA-256 of "0:"+person, rank modulo 5), else the first 80 % of each class's names.
func TestAcceptFolds(t *testing.T) {
	for _, data := range datasets(t) {
		splits := foldCSVs(t, data)
		for _, net := range nets(t) {
			if only := os.Getenv("GOTL_ACCEPT"); only != "" && !strings.Contains(net+" "+data, only) {
				continue
			}
			t.Run(filepath.Base(data)+"/"+shortName(net), func(t *testing.T) {
				right, all := 0.0, 0
				for i, file := range splits {
					sum, _ := runJob(t, filepath.Join(t.TempDir(), fmt.Sprint(i)), "data", file, "root", data, "model", net, "scheme", "features")
					right += float64(sum.Val.Accuracy) * float64(sum.Counts.Val)
					all += sum.Counts.Val
				}
				name, got := filepath.Base(data)+" "+shortName(net), 100*right/float64(all)
				t.Logf("FOLDS %s pooled accuracy %.1f %% of %d", name, got, all)
				require.GreaterOrEqual(t, got, probed[name]-2, "the published probe less its tolerance")
			})
		}
	}
}

// centreSquare writes the preprocessing that the published figures were made with: the
// network's, but the short side becomes the input's.
func centreSquare(t *testing.T, net string) string {
	n, err := openNetwork(&Settings{Model: net, Resize: "auto", EXIF: "apply"}, 1)
	require.NoError(t, err)
	n.pre.Resize.Size, n.pre.Resize.Filter, n.pre.Resize.Antialias = n.pre.Crop[0], resize.Bilinear, true
	file := filepath.Join(t.TempDir(), "preprocess.json")
	require.NoError(t, os.WriteFile(file, []byte(n.pre.JSON()), 0o644))
	return file
}

// mapped holds pooled accuracies of direct use through a learned map (design page SCHEMES,
// §1).
var mapped = map[string]float64{"faces-sex mobilenet-v1-025-128-imagenet/model": 75.0, "faces-sex squeezenet1.0-imagenet/model": 77.5,
	"faces-sex mobilenet-v2-imagenet/model": 82.4}

// TestAcceptDirect uses every network that is listed directly, on the same folds.
func TestAcceptDirect(t *testing.T) {
	for _, data := range datasets(t) {
		for _, net := range nets(t) {
			name := filepath.Base(data) + " " + shortName(net)
			if mapped[name] == 0 {
				continue
			}
			t.Run(name, func(t *testing.T) {
				preset := centreSquare(t, net)
				right, all := 0.0, 0
				for i, file := range foldCSVs(t, data) {
					sum, s := runJob(t, filepath.Join(t.TempDir(), fmt.Sprint(i)), "data", file, "root", data, "model", net, "scheme", "direct", "map", "learned",
						"preset", preset)
					right += float64(sum.Val.Accuracy) * float64(sum.Counts.Val)
					all += sum.Counts.Val
					requireORT(t, s)
				}
				got := 100 * right / float64(all)
				t.Logf("DIRECT %s pooled accuracy %.1f %% of %d", name, got, all)
				require.InDelta(t, mapped[name], got, 2)
			})
		}
	}
}

// foldCSVs writes one CSV (path,label,split) per fold.
func foldCSVs(t *testing.T, data string) []string {
	person := map[string]string{}
	if groupFlag(data) != nil {
		rows := readCSV(t, filepath.Join(data, "labels.csv"))
		col := slices.Index(rows[0], "person")
		for _, r := range rows[1:] {
			person[r[slices.Index(rows[0], "file")]] = r[col]
		}
	}
	folds := 1
	if len(person) > 0 {
		folds = 5
	}
	out := make([]strings.Builder, folds)
	for i := range out {
		out[i].WriteString("path,label,split\n")
	}
	classes, err := os.ReadDir(data)
	require.NoError(t, err)
	for _, c := range classes {
		if !c.IsDir() {
			continue
		}
		files, err := os.ReadDir(filepath.Join(data, c.Name()))
		require.NoError(t, err)
		var paths []string
		for _, f := range files {
			paths = append(paths, c.Name()+"/"+f.Name())
		}
		fold := foldOf(paths, person)
		for i := range out {
			for k, p := range paths {
				split := "train"
				if fold[k] == i {
					split = "val"
				}
				fmt.Fprintf(&out[i], "%s,%s,%s\n", p, c.Name(), split)
			}
		}
	}
	var names []string
	for i := range out {
		name := filepath.Join(t.TempDir(), fmt.Sprintf("fold%d.csv", i))
		require.NoError(t, os.WriteFile(name, []byte(out[i].String()), 0o644))
		names = append(names, name)
	}
	return names
}

// foldOf returns the fold of each path of one class; without persons fold 0 holds
// the last fifth of the names.
func foldOf(paths []string, person map[string]string) []int {
	fold := make([]int, len(paths))
	if len(person) == 0 {
		for k := range paths {
			if k < len(paths)*8/10 {
				fold[k] = 1
			}
		}
		return fold
	}
	hash := func(who string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte("0:"+who))) }
	who := map[string]bool{}
	for _, p := range paths {
		who[person[p]] = true
	}
	var order []string
	for w := range who {
		order = append(order, w)
	}
	slices.SortFunc(order, func(a, b string) int { return strings.Compare(hash(a), hash(b)) })
	for k, p := range paths {
		fold[k] = slices.Index(order, person[p]) % 5
	}
	return fold
}
