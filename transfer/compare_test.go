package transfer

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
)

func compareSettings(t *testing.T, s Settings, budget string) CompareSettings {
	s.Epochs = 0
	return CompareSettings{Settings: s, Budget: budget, Seeds: 2}
}

// TestCompare checks the table against the files it leaves: counts of right pictures,
// the test pictures no training saw, McNemar's test worked from the predictions.
func TestCompare(t *testing.T) {
	dir := t.TempDir()
	s := compareSettings(t, tinySettings(t, tinyData(t, filepath.Join(dir, "data")), tinyNet(t, dir), filepath.Join(dir, "out")), "10passes")
	r, err := Compare(t.Context(), s, Origins{}, openTest(t), func(Event) {})
	require.NoError(t, err)
	var names []string
	for _, row := range r.Schemes {
		names = append(names, row.Scheme)
	}
	require.Equal(t, []string{"direct", "features", "finetune", "scratch"}, names)
	require.Equal(t, []int{1, 4, 4, 4}, []int{r.Schemes[0].Runs, r.Schemes[1].Runs, r.Schemes[2].Runs, r.Schemes[3].Runs})

	right := map[string][]bool{}
	for _, row := range r.Schemes {
		right[row.Scheme] = rightIn(t, filepath.Join(dir, "out", "predictions_"+row.Scheme+".csv"))
		require.Len(t, right[row.Scheme], r.Counts.Test)
		n := 0
		for _, ok := range right[row.Scheme] {
			if ok {
				n++
			}
		}
		require.InDelta(t, float64(n)/float64(r.Counts.Test), float64(row.Seeds[0]), 1e-9, row.Scheme)
		if row.Scheme == r.Best {
			require.Nil(t, row.Versus)
			continue
		}
		require.LessOrEqual(t, row.Versus.P, row.Versus.PHolm)
	}
	for _, row := range r.Schemes {
		if row.Versus == nil {
			continue
		}
		b, c := 0, 0
		for i, ok := range right[r.Best] {
			if ok && !right[row.Scheme][i] {
				b++
			}
			if !ok && right[row.Scheme][i] {
				c++
			}
		}
		require.Equal(t, []int{b, c}, []int{row.Versus.BestOnly, row.Versus.ThisOnly})
	}
	var onDisk CompareResult
	b, err := os.ReadFile(filepath.Join(dir, "out", "compare.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &onDisk))
	require.Equal(t, r.Best, onDisk.Best)
}

// rightIn reads which rows of a file of predictions are right.
func rightIn(t *testing.T, file string) []bool {
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	var out []bool
	for _, row := range rows[1:] {
		out = append(out, row[1] == row[2])
	}
	return out
}

// TestHoldOut: the pictures judged on are those that would have validated, and none
// of them trains.
func TestHoldOut(t *testing.T) {
	dir := t.TempDir()
	s := tinySettings(t, tinyData(t, filepath.Join(dir, "data")), tinyNet(t, dir), filepath.Join(dir, "out"))
	j := &job{set: s, sink: func(Event) {}, seconds: nil}
	set, err := openData(t.Context(), &j.set)
	require.NoError(t, err)
	val := set.Indices(dataset.Val)
	j.data = set
	require.NoError(t, j.holdOut())
	require.Equal(t, val, set.Indices(dataset.Test))
	require.NotEmpty(t, j.valAt)
	require.Len(t, set.Samples, len(j.trainAt)+len(j.valAt)+len(val))
	for _, at := range [][]int{j.trainAt, j.valAt} {
		for _, i := range at {
			require.NotContains(t, val, i)
		}
	}
}

// TestBudget: a plan keeps within its share, and what is not understood is refused.
func TestBudget(t *testing.T) {
	c := costs{picture: 10e6, tune: 1e9, scratch: 2e9, steps: 5, train: 150, val: 50, defaults: runPlan{10, 4}} // 10 ms, 1 s, 2 s
	for _, text := range []string{"", "3", "10m", "20passes", "20%"} {
		_, err := parseBudget(text)
		require.NoError(t, err, text)
	}
	for _, text := range []string{"x", "-3s", "0passes", "passes", "%", "-1%"} {
		_, err := parseBudget(text)
		require.Error(t, err, text)
	}
	b, err := parseBudget("5m")
	require.NoError(t, err)
	// 60 s a run: 4 views take 6.5 s, an epoch 5.5 s; from scratch 10.5 s.
	require.Equal(t, runPlan{9, 4}, b.plan("finetune", c, 5))
	require.Equal(t, runPlan{5, 1}, b.plan("scratch", c, 5))
	require.Equal(t, runPlan{30, 4}, b.plan("features", c, 5))
	b, err = parseBudget("20s")
	require.NoError(t, err)
	require.Equal(t, runPlan{1, 1}, b.plan("finetune", c, 5))
	require.Equal(t, runPlan{30, 2}, b.plan("features", c, 5))
}
