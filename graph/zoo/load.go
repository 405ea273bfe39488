package zoo

import (
	"fmt"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/weights"
)

// Load builds the named architecture with the tensors of s, read whole: s may be
// closed afterwards. Every tensor must be there under its name, in its shape, and no
// other, but for what no inference needs (num_batches_tracked, auxiliary
// classifiers). Only the classifier may differ: without o.Classes the network has as
// many classes as the file; a classifier that is missing or has other classes than
// o.Classes is drawn anew. Notes say so.
//
// Errors: those of Build, fault.ErrModel with the first missing, extra and misshapen
// keys and the architectures that do fit.
func Load(name string, s *weights.Set, o Options) (*graph.Graph, []string, error) {
	a, ok := Lookup(name)
	if !ok {
		_, err := Build(name, o)
		return nil, nil, err
	}
	f, err := match(a, s, o)
	if err != nil {
		return nil, nil, err
	}
	if why := f.why(); why != "" {
		do := ""
		if others := Fitting(s); len(others) > 0 {
			do = "these tensors fit: " + strings.Join(others, ", ")
		}
		return nil, nil, fault.New(fault.ErrModel, "the weights do not fit "+a.Name, s.Path, why, do)
	}
	if o.Classes == 0 {
		o.Classes = f.classes
	}
	random := Random(o.Seed)
	o.Source = func(w Weight) (graph.Data, error) {
		if t := f.found[w.Name]; t != nil {
			return t.Load()
		}
		return random(w)
	}
	g, err := Build(name, o)
	return g, f.notes, err
}

// Fitting lists the architectures that have exactly the tensors of s, but for the
// number of classes.
func Fitting(s *weights.Set) []string {
	var names []string
	for _, a := range archs {
		if f, err := match(a, s, Options{}); err == nil && f.why() == "" {
			names = append(names, a.Name)
		}
	}
	return names
}

// fit is the comparison of a file with an architecture.
type fit struct {
	found                    map[string]*weights.Tensor
	missing, extra, unshaped []string
	classes                  int
	notes                    []string
}

// match compares names and shapes. Nothing is read.
func match(a Arch, s *weights.Set, o Options) (*fit, error) {
	f := &fit{found: map[string]*weights.Tensor{}}
	byName, unused := f.rename(a, s)
	head, ok := byName[a.Classifier+".weight"]
	if ok && len(head.Shape) > 0 {
		f.classes = head.Shape[0]
	}
	if o.Classes == 0 {
		o.Classes = f.classes
	}
	o.Source = func(w Weight) (graph.Data, error) {
		delete(unused, w.Name)
		f.weigh(w, byName[w.Name], head, strings.HasPrefix(w.Name, a.Classifier+"."), o.Classes)
		return hollow(w.Shape), nil
	}
	if _, err := Build(a.Name, o); err != nil {
		return nil, err
	}
	for _, t := range s.Tensors() {
		if unused[a.key(t.Name)] {
			f.extra = append(f.extra, t.Name)
		}
	}
	return f, nil
}

// weigh decides on one weight of the network and t, the file's tensor of its name or
// nil; head is the file's classifier or nil.
func (f *fit) weigh(w Weight, t, head *weights.Tensor, isHead bool, classes int) {
	switch {
	case t == nil && isHead && head == nil:
		f.notes = append(f.notes, fmt.Sprintf("%s is not in the file and drawn anew", w.Name))
	case t != nil && !t.Stored.IsFloat():
		f.unshaped = append(f.unshaped, fmt.Sprintf("%s of %s, want floats (quantised weights are not supported)", w.Name, t.Stored))
	case t == nil:
		f.missing = append(f.missing, w.Name)
	case t.Shape.Equal(w.Shape):
		f.found[w.Name] = t
	case isHead && f.classes != classes && len(t.Shape) == len(w.Shape) && t.Shape[1:].Equal(w.Shape[1:]):
		f.notes = append(f.notes, fmt.Sprintf("%s %v of the file is for %d classes and drawn anew", w.Name, t.Shape, f.classes))
	default:
		f.unshaped = append(f.unshaped, fmt.Sprintf("%s %v, want %v", w.Name, t.Shape, w.Shape))
	}
}

// rename returns the file's tensors under the architecture's names, and the set of
// those that must be used.
func (f *fit) rename(a Arch, s *weights.Set) (map[string]*weights.Tensor, map[string]bool) {
	byName, unused := map[string]*weights.Tensor{}, map[string]bool{}
	dropped := 0
	for _, t := range s.Tensors() {
		name := a.key(t.Name)
		if strings.HasSuffix(name, ".num_batches_tracked") {
			continue
		}
		if a.drops(name) {
			dropped++
			continue
		}
		byName[name], unused[name] = t, true
	}
	if dropped > 0 {
		f.notes = append(f.notes, fmt.Sprintf("%d tensors under %s serve training only and are left out", dropped, strings.Join(a.unused, ", ")))
	}
	return byName, unused
}

// key is the architecture's name for a tensor of a file.
func (a Arch) key(name string) string {
	if a.rename == nil {
		return name
	}
	return a.rename(name)
}

func (a Arch) drops(name string) bool {
	for _, p := range a.unused {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// why lists what does not fit; "" if all does.
func (f *fit) why() string {
	var parts []string
	for _, l := range []struct {
		what  string
		names []string
	}{{"missing", f.missing}, {"not in the network", f.extra}, {"of another shape or type", f.unshaped}} {
		if n := len(l.names); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s: %s", n, l.what, few(l.names)))
		}
	}
	return strings.Join(parts, "; ")
}

// few lists the first names.
func few(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + ", …"
}

// hollow is a constant without content, for its shape only.
type hollow graph.Shape

func (h hollow) Type() graph.Type { return graph.Type{DType: graph.Float32, Shape: graph.Shape(h)} }

func (h hollow) Fill([]float32, int) error {
	return fmt.Errorf("%w: a constant without content is read", fault.ErrInternal)
}
