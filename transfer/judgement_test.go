package transfer

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
)

// TestJudgement: a run leaves a temperature in the model, calibration.json, the worst
// losses first, and figures of every group of the table; eval tells the same groups.
func TestJudgement(t *testing.T) {
	dir := t.TempDir()
	data := tinyData(t, filepath.Join(dir, "data"))
	table := []string{"path,light,name"}
	n := 0
	require.NoError(t, filepath.WalkDir(data, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(data, p)
			table = append(table, fmt.Sprintf("%s,%s,%d", filepath.ToSlash(rel), []string{"day", "night"}[n%2], n))
			n++
		}
		return err
	}))
	groups := filepath.Join(dir, "groups.csv")
	require.NoError(t, os.WriteFile(groups, []byte(strings.Join(table, "\n")+"\n"), 0o644))
	s := tinySettings(t, data, tinyNet(t, dir), filepath.Join(dir, "out"))
	s.Scheme, s.Groups = "features", groups
	require.NoError(t, finetune(t, t.Context(), s, func(Event) {}))

	var c Calibration
	b, err := os.ReadFile(filepath.Join(dir, "out", "calibration.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &c))
	require.Len(t, c.Risk, 3)
	m, err := onnx.Read(filepath.Join(dir, "out", modelFile), onnx.Options{Batch: 1})
	require.NoError(t, err)
	require.InEpsilon(t, c.Temperature, temperature(m.Meta), 1e-5)

	rows := readCSVFile(t, filepath.Join(dir, "out", "top_losses.csv"))
	last := 1e9
	for _, r := range rows[1:] {
		x, err := strconv.ParseFloat(r[4], 64)
		require.NoError(t, err)
		require.LessOrEqual(t, x, last)
		last = x
	}
	g := readCSVFile(t, filepath.Join(dir, "out", "groups.csv"))
	require.Equal(t, "light=day", g[1][0]) // name has too many values
	require.Len(t, g, 3)

	e, _, err := parseEval(filepath.Join(dir, "out"), data, groups)
	require.NoError(t, err)
	r, err := Eval(t.Context(), e, openTest(t), func(Event) {})
	require.NoError(t, err)
	require.InEpsilon(t, c.Temperature, r.Calibration.Temperature, 1e-5)
	require.Len(t, r.Groups.Groups, 2)
	e.AbstainBelow, e.TargetError = .5, .5
	_, err = Eval(t.Context(), e, openTest(t), func(Event) {})
	require.ErrorIs(t, err, fault.ErrUsage)
	e.TargetError, e.Groups = 0, groups+":height"
	_, err = Eval(t.Context(), e, openTest(t), func(Event) {})
	require.ErrorIs(t, err, fault.ErrData)
}

func parseEval(model, data, groups string) (EvalSettings, []string, error) {
	var s EvalSettings
	_, notes, err := ParseInto(&s, Sources{Flags: []Given{{Key: "model", Value: model}, {Key: "data", Value: data}, {Key: "groups", Value: groups}}})
	return s, notes, err
}

func readCSVFile(t *testing.T, path string) [][]string {
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	return rows
}
