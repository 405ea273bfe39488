package dataset

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// groupValues is the largest number of values of a column that is reported by group
// unasked; one with more is a name, not a group.
const groupValues = 12

// Columns joins columns of a table to the samples by path: FILE[:COLUMN[,COLUMN…]].
// Without columns they are those of 2 to 12 different values, but for the label's own. A
// picture that the table lacks has "". Errors: fault.ErrData.
func (s *Set) Columns(spec string) (map[string][]string, error) {
	file, list, named := strings.Cut(spec, ":")
	name, err := s.groupTable(file)
	if err != nil {
		return nil, err
	}
	t, err := readCSV(name)
	if err != nil {
		return nil, err
	}
	pathCol, err := t.column("", pathNames, "path")
	if err != nil {
		return nil, err
	}
	columns := t.head
	if named {
		columns = strings.Split(list, ",")
	}
	out := map[string][]string{}
	for _, col := range columns {
		if _, ok := t.cols[col]; !ok {
			return nil, fault.New(fault.ErrData, "no column "+col, t.file, "columns: "+strings.Join(t.head, ", "), "")
		}
		if v := s.joined(t, pathCol, col); named || s.grouping(v) {
			out[col] = v
		}
	}
	if len(out) == 0 {
		return nil, fault.New(fault.ErrData, "no column to group by", t.file, fmt.Sprintf("none of %s has 2 to %d values", strings.Join(t.head, ", "), groupValues),
			"name one: --groups "+file+":COLUMN")
	}
	return out, nil
}

// joined is the value of a column for each sample.
func (s *Set) joined(t *table, pathCol int, col string) []string {
	values := map[string]string{}
	for i, row := range t.rows {
		values[cleanPath(row[pathCol])] = t.get(i, col)
	}
	find := s.lookup(values, filepath.Dir(t.file))
	out := make([]string, len(s.Samples))
	for i := range s.Samples {
		out[i], _ = find(s.Samples[i].Path)
	}
	return out
}

// grouping reports whether values make groups: few different ones, and not the labels
// once more.
func (s *Set) grouping(values []string) bool {
	kinds, same := []string{}, true
	for i, v := range values {
		if v != "" && !slices.Contains(kinds, v) {
			kinds = append(kinds, v)
		}
		if len(kinds) > groupValues {
			return false
		}
		same = same && v == s.Classes[s.Samples[i].Label]
	}
	return len(kinds) > 1 && !same
}
