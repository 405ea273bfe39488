package dataset

import (
	"context"
	"os"
	"path/filepath"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Unlabelled makes a Set of loose files and folders (searched to any depth), in
// the order given, for prediction. Labels are -1. Files that cannot be used are
// in Skipped; only a path that does not exist is an error.
func Unlabelled(ctx context.Context, paths []string, o Options) (*Set, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Set{Format: "files", Ignored: map[string]int{}, options: o}
	var items []item
	for _, p := range paths {
		st, err := os.Stat(p)
		if err != nil {
			return nil, missing(p, err)
		}
		if !st.IsDir() {
			items = append(items, item{path: filepath.ToSlash(p), weight: 1})
			continue
		}
		w := &walker{o: Options{Path: p}, l: &listing{ignored: s.Ignored}}
		if err := w.pictures("", "", Unset, st, nil, 0); err != nil {
			return nil, err
		}
		for _, it := range w.l.items {
			it.path = filepath.ToSlash(filepath.Join(p, filepath.FromSlash(it.path)))
			items = append(items, it)
		}
	}
	if len(items) == 0 {
		return nil, fault.New(fault.ErrData, "no pictures found", "", "0 files", "give a picture or a folder of pictures")
	}
	if err := s.inspect(ctx, items); err != nil {
		return nil, err
	}
	for i := range s.Samples {
		s.Samples[i].Label = -1
	}
	return s, nil
}
