package dataset

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// fixClasses decides names and order: the fixed list, else those of the
// training rows (of all rows if there are none), in byte order of NFC names.
func (s *Set) fixClasses(l *listing) error {
	if len(s.options.Classes) > 0 {
		for _, c := range s.options.Classes {
			s.Classes = append(s.Classes, norm.NFC.String(c))
		}
	} else {
		s.Classes = trainNames(l.items)
		if s.options.ClassOrder == "natural" {
			slices.SortFunc(s.Classes, natural)
		}
	}
	seen := map[string]string{}
	for _, c := range s.Classes {
		if other, twice := seen[strings.ToLower(c)]; twice {
			if other == c {
				return fault.New(fault.ErrUsage, "a class is named twice", c, "", "")
			}
			s.warn("classes %s and %s differ only in case", fault.Clean(other), fault.Clean(c))
		}
		seen[strings.ToLower(c)] = c
	}
	return s.unknownClasses(l)
}

func trainNames(items []item) []string {
	names := map[string]bool{}
	for _, only := range []bool{true, false} {
		for _, it := range items {
			if !only || it.split == Unset || it.split == Train {
				names[it.label] = true
			}
		}
		if len(names) > 0 {
			break
		}
	}
	out := make([]string, 0, len(names))
	for n := range names {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// unknownClasses refuses rows whose class is not in the list.
func (s *Set) unknownClasses(l *listing) error {
	known := s.classIndex()
	type place struct {
		split Split
		class string
	}
	count, where := map[place]int{}, map[place]string{}
	var first *place
	for _, it := range l.items {
		if _, ok := known[it.label]; ok {
			continue
		}
		p := place{it.split, it.label}
		if first == nil {
			first = &p
			where[p] = it.path
		}
		count[p]++
	}
	if first == nil {
		return nil
	}
	return s.unknownClass(l, first.split, first.class, where[*first], count[*first])
}

func (s *Set) unknownClass(l *listing, split Split, class, path string, n int) error {
	where := path
	for _, f := range l.folders {
		if f.name == class && f.split == split {
			where = f.path
		}
	}
	has, lacks := split.String(), "train"
	if has == "" {
		has = "data"
	}
	if len(s.options.Classes) > 0 {
		lacks = "the class list"
	}
	return fault.New(fault.ErrUnknownClass, fmt.Sprintf("%s has a class that %s lacks", has, lacks),
		fmt.Sprintf("%s (%d files)", join(l.root, where), n),
		fmt.Sprintf("%s: %s   %s: %s", lacks, short(s.Classes), has, short(namesOf(l.items, split))),
		"rename the folder, or --classes "+strings.Join(s.Classes[:min(5, len(s.Classes))], ","))
}

func namesOf(items []item, split Split) []string {
	var out []string
	for _, it := range items {
		if it.split == split {
			out = append(out, it.label)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// short lists the first five names and a count.
func short(names []string) string {
	if len(names) <= 5 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s … (%d)", strings.Join(names[:5], ", "), len(names))
}

func (s *Set) classIndex() map[string]int {
	m := make(map[string]int, len(s.Classes))
	for i, c := range s.Classes {
		m[c] = i
	}
	return m
}

// noEmptyClass refuses classes without usable pictures; a class that only val
// or test lacks is a warning.
func (s *Set) noEmptyClass(l *listing) error {
	n, bySplit := make([]int, len(s.Classes)), map[Split][]int{}
	for i := range s.Samples {
		x := &s.Samples[i]
		if bySplit[x.Split] == nil {
			bySplit[x.Split] = make([]int, len(s.Classes))
		}
		bySplit[x.Split][x.Label]++
		if x.Split == Unset || x.Split == Train {
			n[x.Label]++
		}
	}
	if bySplit[Unset] == nil && bySplit[Train] == nil {
		s.options.AllowEmpty = true
	}
	known := s.classIndex()
	for _, f := range l.folders {
		if _, ok := known[f.name]; !ok && f.split <= Train && !s.options.AllowEmpty {
			return s.emptyClass(f.name, join(l.root, f.path), 0)
		}
	}
	for c, k := range n {
		if k == 0 && !s.options.AllowEmpty {
			return s.emptyClass(s.Classes[c], l.root, s.skippedOf(s.Classes[c]))
		}
	}
	for _, split := range []Split{Val, Test} {
		for c, k := range bySplit[split] {
			if k == 0 {
				s.warn("%s has no picture of class %s", split, fault.Clean(s.Classes[c]))
			}
		}
	}
	return nil
}

func (s *Set) emptyClass(class, where string, skipped int) error {
	return fault.New(fault.ErrData, "class "+class+" has no usable pictures", where,
		fmt.Sprintf("0 usable, %d skipped", skipped), "add pictures, or remove the class")
}

func (s *Set) skippedOf(class string) (n int) {
	for _, k := range s.Skipped {
		if k.label == class {
			n++
		}
	}
	return n
}

func (s *Set) warn(format string, a ...any) {
	s.Warnings = append(s.Warnings, fmt.Sprintf(format, a...))
}

// natural compares runs of digits by value: 2 before 10 (timm's order).
func natural(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		dx, dy := digits(x), digits(y)
		if dx > 0 && dy > 0 {
			u, v := strings.TrimLeft(x[:dx], "0"), strings.TrimLeft(y[:dy], "0")
			if len(u) != len(v) {
				return len(u) - len(v)
			}
			if c := strings.Compare(u, v); c != 0 {
				return c
			}
			x, y = x[dx:], y[dy:]
			continue
		}
		if x[0] != y[0] {
			return int(x[0]) - int(y[0])
		}
		x, y = x[1:], y[1:]
	}
	if c := len(x) - len(y); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
