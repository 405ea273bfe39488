package direct

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Map holds a weight for every target and source class.
type Map struct {
	Target, Source []string  // names; Source may be nil
	W              []float64 // [len(Target) sources], not negative
	Sources        int
	From           string // "name", "file" or "learned"
}

func newMap(target, source []string, sources int, from string) *Map {
	return &Map{Target: target, Source: source, Sources: sources, W: make([]float64, len(target)*sources), From: from}
}

// At returns the weights of target t, one a source class.
func (m *Map) At(t int) []float64 { return m.W[t*m.Sources : (t+1)*m.Sources] }

// Used counts the source classes with a weight, of target t.
func (m *Map) Used(t int) int {
	n := 0
	for _, w := range m.At(t) {
		if w > 0 {
			n++
		}
	}
	return n
}

// Apply maps one row of source probabilities: score gets the targets' scores, renormalised
// to sum 1, and mass their sum before. A row without mass scores zero everywhere.
func (m *Map) Apply(score []float64, theta []float64) (mass float64) {
	for t := range m.Target {
		score[t] = 0
		for z, w := range m.At(t) {
			score[t] += w * theta[z]
		}
		mass += score[t]
	}
	if mass > 0 {
		for t := range m.Target {
			score[t] /= mass
		}
	}
	return mass
}

// complete refuses a map under which a target can never be answered.
func (m *Map) complete(do string) error {
	for t, name := range m.Target {
		if m.Used(t) == 0 {
			return fault.New(fault.ErrUsage, "class without a source class", name, fmt.Sprintf("none of the network's %d classes is mapped to it", m.Sources), do)
		}
	}
	return nil
}
