package dataset

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// maxTable is the most bytes of a table we read.
const maxTable = 1 << 30

var (
	pathNames  = []string{"path", "file_name", "file", "image", "image_path", "image_id", "filename"}
	labelNames = []string{"label", "class", "target", "gender", "sex"}
)

// table is a header and rows; line[i] is the line of row i in the file.
type table struct {
	file string
	cols map[string]int
	head []string
	rows [][]string
	line []int
}

// listTable reads rows of (path, label, [split, group, weight, sha256]).
func listTable(o Options, read func(string) (*table, error)) (*listing, error) {
	file := o.Path
	if st, err := os.Stat(file); err == nil && st.IsDir() {
		if file = tableIn(file); file == "" {
			return nil, fault.New(fault.ErrData, "no table in the folder", o.Path, "looked for labels.csv and metadata.csv", "give the file")
		}
		if strings.HasSuffix(file, ".jsonl") {
			read = readJSONL
		}
	}
	t, err := read(file)
	if err != nil {
		return nil, err
	}
	l := &listing{format: "csv", root: o.Root, ignored: map[string]int{}, table: t}
	if strings.HasSuffix(file, "l") {
		l.format = "jsonl"
	}
	if l.root == "" {
		l.root = filepath.Dir(file)
	}
	return l, l.fill(t, o)
}

func (l *listing) fill(t *table, o Options) error {
	pathCol, err := t.column(o.PathCol, pathNames, "path")
	if err != nil {
		return err
	}
	labelCol, err := t.column(o.LabelCol, labelNames, "label")
	if err != nil {
		return err
	}
	for i, row := range t.rows {
		it := item{path: relative(l.root, cleanPath(row[pathCol])), label: norm.NFC.String(row[labelCol]), weight: 1,
			group: t.get(i, "group"), sha256: t.get(i, "sha256")}
		if row[pathCol] == "" {
			return t.errorf(i, "the path is empty")
		}
		if v := t.get(i, "split"); v != "" {
			var ok bool
			if it.split, ok = splitName(v); !ok {
				return t.errorf(i, "split %q; known: train, val, test", v)
			}
		}
		if v := t.get(i, "weight"); v != "" {
			f, err := strconv.ParseFloat(v, 32)
			if err != nil || !(f >= 0) || f > 1e6 {
				return t.errorf(i, "weight %q, want a number from 0 to 1e6", v)
			}
			it.weight = float32(f)
		}
		l.items = append(l.items, it)
	}
	return nil
}

func cleanPath(p string) string {
	if p == "" {
		return ""
	}
	return filepath.ToSlash(filepath.Clean(filepath.FromSlash(p)))
}

// relative shortens an absolute path below root; others stay as they are.
func relative(root, p string) string {
	if !filepath.IsAbs(p) {
		return p
	}
	if abs, err := filepath.Abs(root); err == nil {
		if rel, err := filepath.Rel(abs, p); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel)
		}
	}
	return p
}

// column finds a column by the user's name, or the first of the usual ones.
func (t *table) column(name string, usual []string, what string) (int, error) {
	if name != "" {
		usual = []string{name}
	}
	for _, n := range usual {
		if i, ok := t.cols[n]; ok {
			return i, nil
		}
	}
	return 0, fault.New(fault.ErrData, "no column for the "+what, t.file,
		fmt.Sprintf("columns: %s; looked for: %s", strings.Join(t.head, ", "), strings.Join(usual, ", ")),
		"name it with --"+what+"-col")
}

// get returns a field of row i by column name, "" if there is no such column.
func (t *table) get(i int, col string) string {
	if c, ok := t.cols[col]; ok {
		return t.rows[i][c]
	}
	return ""
}

func (t *table) errorf(i int, format string, a ...any) error {
	return fault.New(fault.ErrData, "a row cannot be used", fmt.Sprintf("%s:%d", t.file, t.line[i]), fmt.Sprintf(format, a...), "")
}

func (t *table) header(names []string) error {
	t.head, t.cols = names, map[string]int{}
	for i, n := range names {
		n = strings.TrimSpace(n)
		if _, twice := t.cols[n]; twice && n != "" {
			return fault.New(fault.ErrData, "a column name stands twice", t.file, n, "rename one of them")
		}
		t.cols[n] = i
	}
	return nil
}

// openTable returns a reader behind the byte order mark.
func openTable(file string) (*bufio.Reader, io.Closer, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, missing(file, err)
	}
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() || st.Size() > maxTable {
		f.Close()
		return nil, nil, fault.New(fault.ErrData, "not a table", file, fmt.Sprintf("a regular file of at most %d bytes is needed", maxTable), "")
	}
	r := bufio.NewReaderSize(f, 1<<16)
	if b, _ := r.Peek(3); bytes.Equal(b, []byte("\xef\xbb\xbf")) {
		_, _ = r.Discard(3)
	}
	return r, f, nil
}
