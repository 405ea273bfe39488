package transfer

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/anatomy"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
)

func adviseTiny(t *testing.T, dir, out string, deep bool) *Advice {
	data := filepath.Join(dir, "data")
	if !exists(data) {
		tinyData(t, data)
	}
	s := tinySettings(t, data, tinyNet(t, dir), filepath.Join(dir, out))
	s.Epochs = 0
	r, err := Advise(t.Context(), AdviseSettings{Settings: s, Deep: deep}, Origins{}, openTest(t), func(Event) {})
	require.NoError(t, err)
	return r
}

// TestAdviseTwice: equal inputs give equal bytes, times apart.
func TestAdviseTwice(t *testing.T) {
	dir := t.TempDir()
	adviseTiny(t, dir, "a", false)
	adviseTiny(t, dir, "b", false)
	strip := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, name, "advise.json"))
		require.NoError(t, err)
		var v Advice
		require.NoError(t, json.Unmarshal(b, &v))
		for _, m := range v.Models {
			require.NotEmpty(t, m.Times)
			m.Times = nil
		}
		b, err = json.Marshal(v)
		require.NoError(t, err)
		return b
	}
	require.True(t, bytes.Equal(strip("a"), strip("b")))
}

// TestAdviseRandomNet: features of random weights that tell no more than the pixels are
// not recommended.
func TestAdviseRandomNet(t *testing.T) {
	m := adviseTiny(t, t.TempDir(), "out", false).Models[0]
	require.Positive(t, m.RawPixels.Accuracy)
	head := m.Candidates[1]
	require.Equal(t, "features", head.Scheme)
	if head.Accuracy.Accuracy <= m.RawPixels.Accuracy {
		require.NotEqual(t, "features", m.Scheme)
	}
	require.Equal(t, []string{"direct", "features", "features", "finetune", "scratch"}, func() (s []string) {
		for _, c := range m.Candidates {
			s = append(s, c.Scheme)
		}
		return s
	}())
	require.Len(t, m.Curve, 3)
	require.NotEmpty(t, m.Reasons)
}

// TestAdviseDeep measures all four schemes.
func TestAdviseDeep(t *testing.T) {
	m := adviseTiny(t, t.TempDir(), "out", true).Models[0]
	for _, c := range m.Candidates {
		require.True(t, c.Measured, c.Scheme)
		require.LessOrEqual(t, c.Accuracy.CI95[0], c.Accuracy.Accuracy)
	}
}

// rule makes an adviser of candidates with given numbers of right answers of n.
func ruleOn(n int, right ...int) *adviser {
	a := &adviser{job: &job{set: Settings{Seed: 1}, head: &head{}}, out: &ModelAdvice{Depths: make([]DepthAdvice, 1), Curve: make([]CurvePoint, 3)}, s: &survey{}}
	for i := range n {
		a.groups, a.s.labels, a.trainAt = append(a.groups, i), append(a.s.labels, i%2), append(a.trainAt, i)
	}
	a.data = oneClass()
	for k, r := range right {
		c := &Candidate{Scheme: []string{"direct", "features", "features", "finetune", "scratch"}[k], Measured: r >= 0, right: make([]float64, n)}
		for i := range max(0, r) {
			c.right[i] = 1
		}
		c.Accuracy = a.judged(c.right)
		if k == 2 {
			c.node = "early"
		}
		a.add(c)
	}
	return a
}

// TestRule: the cheapest that the best is not clearly better than, worked by hand.
func TestRule(t *testing.T) {
	for _, c := range []struct {
		name         string
		n            int
		right        []int
		scheme, node string
	}{
		{"features win clearly over direct", 200, []int{150, 190, 180, -1, -1}, "features", ""},
		{"direct trails by less than a point", 200, []int{189, 190, 180, -1, -1}, "direct", ""},
		{"earlier features win clearly", 200, []int{50, 150, 190, -1, -1}, "features", "early"},
		{"fine-tuning measured and clearly better", 200, []int{50, 150, 150, 195, 100}, "finetune", ""},
		{"scratch only on a clear win", 200, []int{50, 150, 150, 160, 199}, "scratch", ""},
		{"much data and errors left", 2000, []int{500, 1800, 1700, -1, -1}, "finetune", ""},
		{"much data and nothing left", 2000, []int{500, 1999, 1700, -1, -1}, "features", ""},
	} {
		a := ruleOn(c.n, c.right...)
		a.recommend()
		require.Equal(t, c.scheme, a.out.Scheme, c.name)
		require.Equal(t, c.node, a.out.HeadNode, c.name)
	}
	a := ruleOn(200, 50, 120, 120, -1, -1)
	a.rawRight = make([]float64, 200)
	for i := range 130 {
		a.rawRight[i] = 1
	}
	a.recommend()
	require.Equal(t, "finetune", a.out.Scheme, "features no better than pixels")
}

// TestAuto: --scheme auto settles on what the advice says and a resumed run need not
// ask again.
func TestAuto(t *testing.T) {
	dir := t.TempDir()
	s := tinySettings(t, tinyData(t, filepath.Join(dir, "data")), tinyNet(t, dir), filepath.Join(dir, "out"))
	require.Equal(t, "auto", s.Scheme)
	var advised []Advised
	require.NoError(t, finetune(t, t.Context(), s, func(e Event) {
		if a, ok := e.(Advised); ok {
			advised = append(advised, a)
		}
	}))
	require.Len(t, advised, 1)
	old, origins, _, err := ParseSettings(Sources{Config: filepath.Join(dir, "out", "config.yaml")})
	require.NoError(t, err)
	require.Equal(t, advised[0].Scheme, old.Scheme)
	require.NotEmpty(t, origins)
	s.OutputDir, s.Freeze = filepath.Join(dir, "frozen"), "1"
	require.NoError(t, finetune(t, t.Context(), s, func(e Event) { require.NotEqual(t, "advice", e.Type()) }))
}

func oneClass() *dataset.Set { return &dataset.Set{Classes: []string{"a", "b"}} }

// TestAdviseKnowsNothing gives small real networks random weights: their features are
// no better than pixels, and are not recommended; so that the cheapest scheme is not taken for the best.
func TestAdviseKnowsNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute")
	}
	data := filepath.Join(assets(t, "datasets"), "faces-sex")
	files, err := filepath.Glob(filepath.Join(assets(t, "models"), "*", "*.onnx"))
	require.NoError(t, err)
	tried := 0
	for _, file := range files {
		s, o, _, err := ParseSettings(Sources{Flags: []Given{{Key: "data", Value: data}, {Key: "model", Value: file}, {Key: "group-by", Value: "labels.csv:person"},
			{Key: "scheme", Value: "features"}}})
		require.NoError(t, err)
		n, err := openNetwork(&s, s.Batch)
		require.NoError(t, err)
		cuts := anatomy.Cuts(n.graph, n.graph.Value(n.features))
		if cuts[len(cuts)-1].MACs > freezeMACs {
			continue
		}
		tried++
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			j := &job{set: s, origins: o, sink: func(Event) {}, began: time.Now(), seconds: map[string]time.Duration{}}
			defer j.close()
			require.NoError(t, j.prepare(t.Context(), openTest(t)))
			drawn := redraw(j.net.graph, 1)
			for _, v := range j.net.graph.Consts {
				if w := drawn[v.Name]; w != nil {
					v.Data = w
				}
			}
			m, err := j.advise(t.Context(), adviceOptions{})
			require.NoError(t, err)
			t.Logf("pixels %.3f, best features %.3f: %s", m.RawPixels.Accuracy, m.bestMeasured(), m.Scheme)
			require.NotEqual(t, "features", m.Scheme)
		})
	}
	require.Positive(t, tried)
}
