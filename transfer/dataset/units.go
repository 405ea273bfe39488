package dataset

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// findUnits joins samples that must stay together: equal bytes, equal group.
// Across the user's own splits that is a leak.
func (s *Set) findUnits() error {
	s.units = make([]int, len(s.Samples))
	for i := range s.units {
		s.units[i] = i
	}
	bytes, groups := map[[32]byte]int{}, map[string]int{}
	for i := range s.Samples {
		x := &s.Samples[i]
		if j, ok := bytes[x.SHA256]; ok {
			s.join(i, j)
			s.twoLabels(i, j)
		} else {
			bytes[x.SHA256] = i
		}
		if x.Group == "" {
			continue
		}
		if j, ok := groups[x.Group]; ok {
			s.join(i, j)
		} else {
			groups[x.Group] = i
		}
	}
	for i := range s.units {
		s.units[i] = s.unit(i)
	}
	return s.leaks()
}

// unit returns the lowest index of i's unit.
func (s *Set) unit(i int) int {
	for s.units[i] != i {
		s.units[i] = s.units[s.units[i]]
		i = s.units[i]
	}
	return i
}

func (s *Set) join(i, j int) {
	a, b := s.unit(i), s.unit(j)
	s.units[max(a, b)] = min(a, b)
}

func (s *Set) twoLabels(i, j int) {
	a, b := &s.Samples[i], &s.Samples[j]
	if a.Label != b.Label {
		s.warn("same bytes, two labels: %s is %s, %s is %s", fault.Clean(b.Path), s.Classes[b.Label], fault.Clean(a.Path), s.Classes[a.Label])
	}
}

// leaks compares the splits the user gave within each unit.
func (s *Set) leaks() error {
	first := map[int]int{}
	n, a, b := 0, 0, 0
	for i := range s.Samples {
		if s.Samples[i].Split == Unset {
			continue
		}
		j, ok := first[s.units[i]]
		if !ok {
			first[s.units[i]] = i
			continue
		}
		if s.Samples[i].Split != s.Samples[j].Split {
			if n == 0 {
				a, b = j, i
			}
			n++
		}
	}
	if n == 0 {
		return nil
	}
	x, y := &s.Samples[a], &s.Samples[b]
	what := "equal bytes"
	if x.SHA256 != y.SHA256 {
		what = "one group"
	}
	why := fmt.Sprintf("%s (%s) and %s (%s): %s; %d such pictures", x.Path, x.Split, y.Path, y.Split, what, n)
	if s.options.AllowLeak {
		s.warn("leak between splits allowed: %s", fault.Clean(why))
		return nil
	}
	return fault.New(fault.ErrLeak, "the same picture or group stands in two splits", s.Root, why,
		"remove one of each pair, or --allow-leak")
}
