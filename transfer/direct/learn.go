package direct

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Learn estimates P(y|z) from the source probabilities theta [n z] of labelled pictures:
// P(y,z) = (1/n) Σ_{i: y_i = y} θ_i(z), as LEEP has it; a source class of no mass gives the
// classes' share. Source: Nguyen et al., LEEP, ICML 2020. Error: fault.ErrUsage for sizes
// that do not fit.
func Learn(theta []float64, label []int, target []string, sources int) (*Map, error) {
	if len(label) == 0 || sources < 1 || len(theta) != len(label)*sources {
		return nil, fmt.Errorf("%w: %d probabilities of %d pictures and %d classes", fault.ErrUsage, len(theta), len(label), sources)
	}
	m := newMap(target, nil, sources, "learned")
	mass, prior := make([]float64, sources), make([]float64, len(target))
	for i, y := range label {
		if y < 0 || y >= len(target) {
			return nil, fmt.Errorf("%w: label %d of %d classes", fault.ErrUsage, y, len(target))
		}
		prior[y] += 1 / float64(len(label))
		for z, p := range theta[i*sources : (i+1)*sources] {
			m.At(y)[z] += p
			mass[z] += p
		}
	}
	for y := range target {
		for z, w := range m.At(y) {
			if m.At(y)[z] = prior[y]; mass[z] > 0 {
				m.At(y)[z] = w / mass[z]
			}
		}
	}
	return m, nil
}
