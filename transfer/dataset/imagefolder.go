package dataset

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// pictureNames are torchvision's extensions and gif.
var pictureNames = map[string]bool{".jpg": true, ".jpeg": true, ".png": true, ".ppm": true, ".bmp": true,
	".pgm": true, ".tif": true, ".tiff": true, ".webp": true, ".gif": true}

// listFolder reads ROOT/[SPLIT/]CLASS/**. The class is the first folder below
// the split, as in torchvision, or the last one (ClassFrom leaf, as in timm).
func listFolder(o Options) (*listing, error) {
	w := &walker{o: o, l: &listing{format: "imagefolder", root: o.Path, ignored: map[string]int{}}}
	root, err := os.Stat(o.Path)
	if err != nil {
		return nil, missing(o.Path, err)
	}
	top, err := w.children("", root)
	if err != nil {
		return nil, err
	}
	above := []os.FileInfo{root}
	for _, d := range top {
		if splitLayout(o.Path, top) {
			split, is := splitName(d.name)
			if !is {
				w.l.ignored["folder beside the splits"]++
				w.l.warnings = append(w.l.warnings, "folder "+fault.Clean(d.name)+" stands beside train, val, test and is not read")
				continue
			}
			err = w.classes(d.name, split, append(above, d.info))
		} else {
			err = w.class(d.name, d, Unset, above)
		}
		if err != nil {
			return nil, err
		}
	}
	w.leafWarning()
	return w.l, nil
}

// splitName knows the names of split folders and split columns.
func splitName(s string) (Split, bool) {
	switch strings.ToLower(s) {
	case "train", "training":
		return Train, true
	case "val", "valid", "validation":
		return Val, true
	case "test":
		return Test, true
	}
	return Unset, false
}

// splitLayout: a train folder with class folders in it, or nothing but splits.
func splitLayout(root string, top []folder) bool {
	all := len(top) > 0
	for _, d := range top {
		split, is := splitName(d.name)
		sub := is && hasFolders(filepath.Join(root, d.name))
		if split == Train && sub {
			return true
		}
		all = all && sub
	}
	return all
}

type folder struct {
	name string
	info os.FileInfo
}

type walker struct {
	o     Options
	l     *listing
	depth int // deepest folder level below a class that holds pictures
}

func hidden(name string) bool {
	return strings.HasPrefix(name, ".") || name == "__MACOSX" || strings.EqualFold(name, "Thumbs.db")
}

// children returns the folders of dir in byte order; what is neither folder nor
// file is counted. Links are followed.
func (w *walker) children(dir string, self os.FileInfo) ([]folder, error) {
	var out []folder
	err := w.each(dir, func(name string, st os.FileInfo) error {
		if st.IsDir() {
			out = append(out, folder{name, st})
		} else if !strings.Contains(name, ".csv") {
			w.l.ignored["file beside the class folders"]++
		}
		return nil
	})
	return out, err
}

// each visits the usable entries of dir in byte order.
func (w *walker) each(dir string, visit func(name string, st os.FileInfo) error) error {
	full := filepath.Join(w.o.Path, dir)
	entries, err := os.ReadDir(full)
	if err != nil {
		return missing(full, err)
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	for _, e := range entries {
		name := e.Name()
		st, err := os.Stat(filepath.Join(full, name))
		switch {
		case hidden(name):
			w.l.ignored["hidden or system name"]++
			continue
		case err != nil && errors.Is(err, os.ErrNotExist):
			w.l.ignored["broken link"]++
			continue
		case err != nil:
			w.l.ignored["not readable or a link loop"]++
			continue
		case !st.IsDir() && !st.Mode().IsRegular():
			w.l.ignored["FIFO, socket or device"]++
			continue
		}
		if err := visit(name, st); err != nil {
			return err
		}
	}
	return nil
}

// classes reads a split folder.
func (w *walker) classes(dir string, split Split, above []os.FileInfo) error {
	return w.each(dir, func(name string, st os.FileInfo) error {
		if !st.IsDir() {
			w.l.ignored["file beside the class folders"]++
			return nil
		}
		return w.class(path.Join(dir, name), folder{name, st}, split, above)
	})
}

// class reads one class folder.
func (w *walker) class(dir string, d folder, split Split, above []os.FileInfo) error {
	name := norm.NFC.String(d.name)
	if w.o.ClassFrom != "leaf" {
		w.l.folders = append(w.l.folders, classFolder{name, dir, split})
	}
	return w.pictures(dir, name, split, d.info, above, 0)
}

// pictures lists dir and what is below it. above holds the folders on the way
// down: meeting one again is a loop.
func (w *walker) pictures(dir, class string, split Split, self os.FileInfo, above []os.FileInfo, depth int) error {
	for _, a := range above {
		if os.SameFile(a, self) {
			w.l.ignored["link loop"]++
			w.l.warnings = append(w.l.warnings, "folder "+fault.Clean(dir)+" leads back to a folder above it and is not read")
			return nil
		}
	}
	above = append(above[:len(above):len(above)], self)
	return w.each(dir, func(name string, st os.FileInfo) error {
		p := path.Join(dir, name)
		if st.IsDir() {
			sub := class
			if w.o.ClassFrom == "leaf" {
				sub = norm.NFC.String(name)
			}
			return w.pictures(p, sub, split, st, above, depth+1)
		}
		if !pictureNames[strings.ToLower(path.Ext(name))] {
			w.l.ignored["not a picture name"]++
			return nil
		}
		w.depth = max(w.depth, depth)
		w.l.items = append(w.l.items, item{path: p, label: class, split: split, weight: 1})
		return nil
	})
}

// leafWarning tells where torchvision and timm read different classes.
func (w *walker) leafWarning() {
	if w.depth > 0 && w.o.ClassFrom != "leaf" {
		w.l.warnings = append(w.l.warnings,
			"class folders have folders inside: the outermost name is the class (--class-from leaf takes the innermost)")
	}
}
