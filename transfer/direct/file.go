package direct

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// FromFile reads lines "source,target[,weight]": source is a class's name or number, the
// weight 1 if left out. Lines that begin with # and a header "source,target…" are passed
// over. Where source is unknown only numbers can be used. Errors: fault.ErrUsage with file
// and line for an unknown class, a bad weight, a pair given twice, a target left out.
func FromFile(r io.Reader, file string, target, source []string, sources int) (*Map, error) {
	m := newMap(target, source, sources, "file")
	rows := csv.NewReader(io.LimitReader(r, 64<<20))
	rows.Comment, rows.FieldsPerRecord, rows.TrimLeadingSpace = '#', -1, true
	known := index(source)
	want := index(target)
	for first := true; ; first = false {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return m, m.complete("add a line source,target to " + file)
		}
		if err != nil {
			return nil, fault.New(fault.ErrUsage, "map not readable", file, err.Error(), "lines source,target[,weight]")
		}
		if first && len(row) >= 2 && strings.EqualFold(strings.TrimSpace(row[0]), "source") {
			continue
		}
		if err := m.line(row, known, want); err != nil {
			line, _ := rows.FieldPos(0)
			return nil, fault.New(fault.ErrUsage, "map line not understood", fmt.Sprintf("%s:%d", file, line), err.Error(), "lines source,target[,weight]")
		}
	}
}

// line enters one row.
func (m *Map) line(row []string, known, want map[string]int) error {
	if len(row) != 2 && len(row) != 3 {
		return fmt.Errorf("%d fields, want 2 or 3", len(row))
	}
	z, ok := known[canonical(row[0])]
	if n, err := strconv.Atoi(strings.TrimSpace(row[0])); !ok && err == nil && n >= 0 && n < m.Sources {
		z, ok = n, true
	}
	if !ok {
		return fmt.Errorf("the network has no class %q", row[0])
	}
	t, ok := want[canonical(row[1])]
	if !ok {
		return fmt.Errorf("your data has no class %q; it has %s", row[1], strings.Join(m.Target[:min(5, len(m.Target))], ", "))
	}
	w := 1.0
	if len(row) == 3 {
		var err error
		if w, err = strconv.ParseFloat(strings.TrimSpace(row[2]), 64); err != nil || !(w > 0) || math.IsInf(w, 0) {
			return fmt.Errorf("weight %q is not a number above 0", row[2])
		}
	}
	if m.At(t)[z] != 0 {
		return fmt.Errorf("%q to %q is given twice", row[0], row[1])
	}
	m.At(t)[z] = w
	return nil
}

// index numbers names in their comparable form; a name's synonyms do where they are its own.
func index(names []string) map[string]int {
	at, owners := map[string]int{}, map[string]int{}
	for i, name := range names {
		for _, s := range synonyms(name) {
			if owners[s] == 0 || at[s] != i {
				owners[s]++
			}
			at[s] = i
		}
	}
	for s, n := range owners {
		if n > 1 {
			delete(at, s)
		}
	}
	for i, name := range names { // a whole name wins over another's synonym
		at[canonical(name)] = i
	}
	return at
}
