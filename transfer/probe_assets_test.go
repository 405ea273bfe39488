package transfer

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/anatomy"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
	"github.com/gotl-gpu/gotl-gpu/transfer/probe"
)

// probeRows is the table of SCHEMES §8: accuracy in percent of a linear probe and of
// nearest neighbours on features of a network; 0: not measured.
var probeRows = []struct {
	net, cut                                   string
	facesProbe, facesKNN, digitsProbe, digitsK float64
}{
	{"", "pixels", 87.7, 77.9, 76, 81.3},
	{"mobilenet-v1-025-128-imagenet", "clip_46", 92.2, 84.8, 89.0, 76.1},
	{"mobilenet-v1-025-128-imagenet", "features_4d", 92.6, 84.0, 92.1, 84.2},
	{"squeezenet1.1-features", "fire5_concat", 95.5, 84.0, 92.3, 64.1},
	{"squeezenet1.1-features", "fire7_concat", 98.4, 92.2, 96.9, 93.8},
	{"squeezenet1.1-features", "features", 96.3, 87.7, 97.6, 93.1},
	{"squeezenet1.0-imagenet", "fire9_concat", 97.5, 92.2, 0, 0},
	{"mobilenet-v2-imagenet", "features_4d", 95.9, 92.6, 0, 0},
	{"efficientnet-lite0-imagenet", "", 97.5, 0, 0, 0},
}

// TestProbeTable holds the probes to the table within 2 points.
func TestProbeTable(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes")
	}
	for _, set := range []string{"faces-sex", "sign-digits"} {
		dir := filepath.Join(assets(t, "datasets"), set)
		if !exists(dir) {
			t.Skip("test material is not here: " + dir)
		}
		for _, r := range probeRows {
			want := [2]float64{r.facesProbe, r.facesKNN}
			faces := set == "faces-sex"
			if !faces {
				want = [2]float64{r.digitsProbe, r.digitsK}
			}
			if want[0] == 0 {
				continue
			}
			t.Run(set+"/"+r.net+"/"+r.cut, func(t *testing.T) {
				a := probeJob(t, dir, r.net, faces)
				a.backend = testBackend(t) // belongs to this sub-test's thread
				linear, near := probeRow(t, a, r.cut, faces)
				t.Logf("probe %.1f (table %.1f)  k-NN %.1f (%.1f)", linear, want[0], near, want[1])
				require.InDelta(t, want[0], linear, 2)
				if want[1] > 0 {
					require.InDelta(t, want[1], near, 2)
				}
			})
		}
	}
}

// probeJob opens data and network as the table was made: faces grouped by person, of
// digits the first four fifths of each class in order of file names train.
func probeJob(t *testing.T, data, net string, faces bool) *adviser {
	model := filepath.Join(assets(t, "models"), "squeezenet1.1-features", "model.onnx") // for pixels any will do
	if net != "" {
		files, err := filepath.Glob(filepath.Join(assets(t, "models"), net, "*.onnx"))
		require.NoError(t, err)
		require.NotEmpty(t, files, net)
		model = files[0]
	}
	given := []Given{{Key: "data", Value: data}, {Key: "model", Value: model}, {Key: "split-mode", Value: "blocks"}}
	if faces {
		given = append(given, Given{Key: "group-by", Value: "labels.csv:person"})
	}
	s, o, _, err := ParseSettings(Sources{Flags: given})
	require.NoError(t, err)
	a := &adviser{job: &job{set: s, origins: o, sink: func(Event) {}, scheme: "features", seconds: map[string]time.Duration{}}, out: &ModelAdvice{}}
	require.NoError(t, a.openNet())
	if net != "efficientnet-lite0-imagenet" { // the table's preparation: centre square, antialiased bilinear
		a.pre.Resize = dataset.Resize{Rule: resize.ONNX, Size: a.pre.Crop[0], Filter: resize.Bilinear, Antialias: true}
	}
	a.data, err = openData(t.Context(), &a.set)
	require.NoError(t, err)
	a.set.Seed = 0
	return a
}

func probeRow(t *testing.T, a *adviser, cut string, faces bool) (linear, near float64) {
	train, test := a.splitFor(faces)
	g := tableCut(t, a, cut)
	survey := func(at []int) probe.Data {
		var s *survey
		var err error
		if cut == "pixels" {
			s, err = a.pixelRows(t.Context(), at)
		} else {
			s, err = a.surveyOf(t.Context(), g, at)
		}
		require.NoError(t, err)
		require.Len(t, s.at, len(at))
		d := s.depths[0]
		return probe.Data{X: d.rows, Dim: d.dim, Labels: s.labels, Classes: len(a.data.Classes)}
	}
	d := survey(train)
	judge := func(by probe.Method) float64 {
		if faces {
			var names []string
			for _, i := range train {
				names = append(names, a.data.Samples[i].Group)
			}
			p, err := probe.CrossValidate(d, probe.Rank(d.Labels, names, d.Classes, 0), 5, 1, by)
			require.NoError(t, err)
			return 100 * mean(metrics.Right(probe.Predicted(p, d.Classes), d.Labels))
		}
		v := survey(test)
		p, err := by(d, v)
		require.NoError(t, err)
		return 100 * mean(metrics.Right(probe.Predicted(p, d.Classes), v.Labels))
	}
	return judge(probe.ByLinear), judge(probe.ByKNN)
}

// splitFor: all faces are cross-validated; digits have a training and a test part.
func (a *adviser) splitFor(faces bool) (train, test []int) {
	for i := range a.data.Samples {
		if faces || a.data.Samples[i].Split.String() == "train" {
			train = append(train, i)
		} else {
			test = append(test, i)
		}
	}
	return train, test
}

// tableCut finds a cut by the name of its value; "" is the classifier's input.
func tableCut(t *testing.T, a *adviser, name string) *surveyed {
	if name == "pixels" {
		return nil
	}
	cuts := anatomy.Cuts(a.net.graph, a.net.graph.Value(a.net.features))
	for i, c := range cuts {
		if strings.EqualFold(c.Value.Name, name) || name == "" && i == len(cuts)-1 {
			g, err := surveyAt(a.net, cuts, []anatomy.Cut{c})
			require.NoError(t, err)
			return g
		}
	}
	var names []string
	for _, c := range cuts {
		names = append(names, c.Value.Name)
	}
	require.Failf(t, "no such cut", "%s in %v", name, names)
	return nil
}
