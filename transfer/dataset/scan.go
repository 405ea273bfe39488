package dataset

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// item is what an adapter yields: names, never codes.
type item struct {
	path, label string
	split       Split
	group       string
	weight      float32
	sha256      string // expected, hex; "" = unknown
}

// listing is the result of an adapter.
type listing struct {
	format   string
	root     string
	items    []item
	folders  []classFolder // imagefolder: also those without pictures
	ignored  map[string]int
	warnings []string
	table    *table // tables: for --group-by COL
}

type classFolder struct {
	name, path string
	split      Split
}

// Scan lists DATA, fixes the classes, checks every picture's header and end,
// hashes the files and finds duplicates. Nothing is decoded unless
// Options.Verify is full. Errors are of class data (ErrData, ErrCorrupt,
// ErrUnknownClass, ErrLeak, ErrChanged) or usage.
func Scan(ctx context.Context, o Options) (*Set, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	l, err := list(o)
	if err != nil {
		return nil, err
	}
	s := &Set{Root: l.root, Format: l.format, Ignored: l.ignored, Warnings: l.warnings, options: o}
	for _, step := range []func() error{
		func() error { return l.prepare() },
		func() error { return s.fixClasses(l) },
		func() error { return s.inspect(ctx, l.items) },
		func() error { return s.tooManyBad() },
		func() error { return s.noEmptyClass(l) },
		func() error { return s.groupBy(l) },
		func() error { return s.findUnits() },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// list chooses the adapter.
func list(o Options) (*listing, error) {
	st, err := os.Stat(o.Path)
	if err != nil {
		return nil, missing(o.Path, err)
	}
	switch f := detect(o, st); f {
	case "imagefolder":
		if !st.IsDir() {
			return nil, fault.New(fault.ErrData, "an image folder is needed", o.Path, "it is a file", "give the folder, or --data-format csv")
		}
		return listFolder(o)
	case "jsonl":
		return listTable(o, readJSONL)
	default:
		return listTable(o, readCSV)
	}
}

func missing(path string, err error) error {
	return fault.New(fault.ErrData, "data not readable", path, err.Error(), "check the path")
}

// detect resolves auto: files by extension, folders are image folders unless
// they hold no class folder but a table.
func detect(o Options, st os.FileInfo) string {
	if o.Format != "auto" {
		return o.Format
	}
	if st.IsDir() {
		if tableIn(o.Path) != "" && !hasFolders(o.Path) {
			return "csv"
		}
		return "imagefolder"
	}
	if e := strings.ToLower(filepath.Ext(o.Path)); e == ".jsonl" || e == ".ndjson" {
		return "jsonl"
	}
	return "csv"
}

func hasFolders(root string) bool {
	entries, _ := os.ReadDir(root)
	for _, e := range entries {
		if st, err := os.Stat(filepath.Join(root, e.Name())); err == nil && st.IsDir() && !hidden(e.Name()) {
			return true
		}
	}
	return false
}

// tableIn returns the table of a folder, "" if it has none.
func tableIn(root string) string {
	for _, n := range []string{"metadata.csv", "labels.csv", "metadata.jsonl", "labels.tsv"} {
		if st, err := os.Stat(filepath.Join(root, n)); err == nil && st.Mode().IsRegular() {
			return filepath.Join(root, n)
		}
	}
	return ""
}

// prepare sorts the rows by path, drops unlabelled ones and refuses a path that
// is listed twice.
func (l *listing) prepare() error {
	kept := l.items[:0]
	for _, it := range l.items {
		if it.label == "" {
			l.ignored["without a label"]++
			continue
		}
		kept = append(kept, it)
	}
	l.items = kept
	if len(l.items) == 0 {
		return fault.New(fault.ErrData, "no pictures found", l.root, fmt.Sprintf("format %s", l.format),
			"put the pictures into one folder a class, or give a CSV with the columns path,label")
	}
	slices.SortStableFunc(l.items, func(a, b item) int { return cmp.Compare(a.path, b.path) })
	for i := 1; i < len(l.items); i++ {
		if a, b := l.items[i-1], l.items[i]; a.path == b.path {
			return fault.New(fault.ErrData, "a picture is listed twice", b.path,
				fmt.Sprintf("labels %s and %s", a.label, b.label), "remove one of the rows")
		}
	}
	return nil
}
