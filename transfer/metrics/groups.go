package metrics

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// Limits of the report by group.
const (
	FewRows    = 30  // below which a group has no figures of its own
	CautionGap = .05 // between groups, from which a caution is due
)

// GroupResult are the figures of one group or intersection of groups.
type GroupResult struct {
	Name     string     `json:"name"` // column=value, joined by " & "
	N        int        `json:"n"`
	Few      bool       `json:"too_few"`
	Accuracy float64    `json:"accuracy"`
	CI95     [2]float64 `json:"ci95"` // Wilson
	Result   *Result    `json:"-"`
}

// GroupReport compares groups. Worst, best and gap are over the groups with at least 30
// rows; the gap is NaN with fewer than two of them.
type GroupReport struct {
	Groups        []GroupResult `json:"groups"`        // of one column
	Intersections []GroupResult `json:"intersections"` // of all columns
	Worst, Best   string
	Gap           float64 `json:"gap"` // in accuracy
	Caution       bool    `json:"caution"`
}

// ByGroup reports predictions by the columns of a table: value[column][row], "" where
// it is not known.
func ByGroup(probs []float32, labels []int, k int, value map[string][]string) (*GroupReport, error) {
	r := &GroupReport{Gap: math.NaN()}
	columns := slices.Sorted(maps.Keys(value))
	var err error
	for _, c := range columns {
		rows := map[string][]int{}
		for i, v := range value[c] {
			if v != "" {
				rows[c+"="+v] = append(rows[c+"="+v], i)
			}
		}
		if r.Groups, err = appendGroups(r.Groups, rows, probs, labels, k); err != nil {
			return nil, err
		}
	}
	if len(columns) > 1 {
		if r.Intersections, err = appendGroups(nil, intersections(columns, value, len(labels)), probs, labels, k); err != nil {
			return nil, err
		}
	}
	r.compare()
	return r, nil
}

// intersections are the rows of each combination of values of all columns.
func intersections(columns []string, value map[string][]string, n int) map[string][]int {
	rows := map[string][]int{}
	for i := range n {
		var name []string
		for _, c := range columns {
			if v := value[c][i]; v != "" {
				name = append(name, c+"="+v)
			}
		}
		if len(name) == len(columns) {
			key := strings.Join(name, " & ")
			rows[key] = append(rows[key], i)
		}
	}
	return rows
}

func appendGroups(out []GroupResult, rows map[string][]int, probs []float32, labels []int, k int) ([]GroupResult, error) {
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		var p []float32
		var y []int
		for _, i := range rows[name] {
			p, y = append(p, probs[i*k:(i+1)*k]...), append(y, labels[i])
		}
		res, err := Evaluate(p, y, k)
		if err != nil {
			return nil, err
		}
		out = append(out, GroupResult{Name: name, N: len(y), Few: len(y) < FewRows, Accuracy: res.Accuracy, CI95: res.CI95, Result: res})
	}
	return out, nil
}

// compare finds the worst and best of the large groups and intersections.
func (r *GroupReport) compare() {
	worst, best, counted := math.Inf(1), math.Inf(-1), 0
	for _, g := range append(slices.Clone(r.Groups), r.Intersections...) {
		if g.Few {
			continue
		}
		counted++
		if g.Accuracy < worst {
			worst, r.Worst = g.Accuracy, g.Name
		}
		if g.Accuracy > best {
			best, r.Best = g.Accuracy, g.Name
		}
	}
	if counted > 1 {
		r.Gap = best - worst
		r.Caution = r.Gap > CautionGap
	}
}
