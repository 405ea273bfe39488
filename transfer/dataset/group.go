package dataset

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// groupBy fills Sample.Group by Options.GroupBy; a group column of a table is
// used unasked.
func (s *Set) groupBy(l *listing) error {
	spec := s.options.GroupBy
	switch {
	case spec == "":
		for i := range s.Samples {
			s.Grouped = s.Grouped || s.Samples[i].Group != ""
		}
		return nil
	case spec == "parent":
		return s.eachGroup(func(p string) (string, bool) { return path.Dir(p), true })
	case strings.HasPrefix(spec, "re:"):
		return s.groupByPattern(spec[3:])
	}
	file, col, joined := strings.Cut(spec, ":")
	if !joined {
		file, col = "", spec
	}
	return s.groupByColumn(l, file, col)
}

// eachGroup sets the group of each path; pictures without one stand alone.
func (s *Set) eachGroup(of func(path string) (string, bool)) error {
	lone := 0
	for i := range s.Samples {
		g, ok := of(s.Samples[i].Path)
		if !ok || g == "" {
			lone++
			g = ""
		}
		s.Samples[i].Group = g
	}
	if lone == len(s.Samples) {
		return fault.New(fault.ErrData, "no picture has a group", s.options.GroupBy,
			fmt.Sprintf("first picture: %s", s.Samples[0].Path), "check --group-by: COL, FILE:COL, re:PATTERN or parent")
	}
	if lone > 0 {
		s.warn("%d of %d pictures have no group (%s) and stand alone", lone, len(s.Samples), s.options.GroupBy)
	}
	s.Grouped = true
	return nil
}

// groupByPattern takes the first parenthesised part of a match, else the match.
func (s *Set) groupByPattern(pattern string) error {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return fault.New(fault.ErrUsage, "group pattern not understood", "--group-by re:"+pattern, err.Error(), "use RE2 syntax; the first ( ) names the group")
	}
	return s.eachGroup(func(p string) (string, bool) {
		m := re.FindStringSubmatch(p)
		if m == nil {
			return "", false
		}
		return m[min(1, len(m)-1)], true
	})
}

// groupByColumn joins a column by path. The table is FILE (relative to the data
// or to the working folder), the table that is the data, or the folder's own.
func (s *Set) groupByColumn(l *listing, file, col string) error {
	t := l.table
	if file != "" || t == nil {
		name, err := s.groupTable(file)
		if err != nil {
			return err
		}
		if t, err = readCSV(name); err != nil {
			return err
		}
	}
	if _, ok := t.cols[col]; !ok {
		return fault.New(fault.ErrData, "no column "+col, t.file, "columns: "+strings.Join(t.head, ", "), "")
	}
	pathCol, err := t.column(s.options.PathCol, pathNames, "path")
	if err != nil {
		return err
	}
	groups := make(map[string]string, len(t.rows))
	for i, row := range t.rows {
		groups[cleanPath(row[pathCol])] = t.get(i, col)
	}
	return s.eachGroup(s.lookup(groups, filepath.Dir(t.file)))
}

// lookup finds a path as written, or relative to the table's folder.
func (s *Set) lookup(groups map[string]string, dir string) func(string) (string, bool) {
	prefix := ""
	if rel, err := filepath.Rel(dir, s.Root); err == nil && rel != "." {
		prefix = filepath.ToSlash(rel)
	}
	return func(p string) (string, bool) {
		g, ok := groups[p]
		if !ok && prefix != "" {
			g, ok = groups[path.Join(prefix, p)]
		}
		return g, ok
	}
}

func (s *Set) groupTable(file string) (string, error) {
	if file == "" {
		if t := tableIn(s.Root); t != "" {
			return t, nil
		}
		return "", fault.New(fault.ErrData, "no table to take groups from", s.Root, "group-by "+s.options.GroupBy,
			"--group-by FILE.csv:COLUMN")
	}
	for _, name := range []string{filepath.Join(s.Root, file), file} {
		if st, err := os.Stat(name); err == nil && st.Mode().IsRegular() {
			return name, nil
		}
	}
	return "", fault.New(fault.ErrData, "the group table is missing", file, "looked in "+s.Root+" and the working folder", "")
}
