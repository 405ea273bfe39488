package probe

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Data are features with labels.
type Data struct {
	X       []float64 // [n Dim]
	Dim     int
	Labels  []int // [n], 0 to Classes-1
	Classes int
}

// Check refuses what cannot be probed. Errors: fault.ErrInternal for lengths and labels
// that do not fit, fault.ErrData for values that are not finite.
func (d Data) Check() error {
	if d.Dim < 1 || d.Classes < 2 || len(d.X) != d.Dim*len(d.Labels) {
		return fmt.Errorf("%w: probe of %d values for %d rows of %d", fault.ErrInternal, len(d.X), len(d.Labels), d.Dim)
	}
	for i, y := range d.Labels {
		if y < 0 || y >= d.Classes {
			return fmt.Errorf("%w: label %d of row %d, want 0 to %d", fault.ErrInternal, y, i, d.Classes-1)
		}
	}
	for i, v := range d.X {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: feature %d of row %d is %v", fault.ErrData, i%d.Dim, i/d.Dim, v)
		}
	}
	return nil
}

// rows returns the chosen rows.
func (d Data) rows(at []int) Data {
	out := Data{X: make([]float64, 0, len(at)*d.Dim), Dim: d.Dim, Classes: d.Classes}
	for _, i := range at {
		out.X, out.Labels = append(out.X, d.row(i)...), append(out.Labels, d.Labels[i])
	}
	return out
}

func (d Data) row(i int) []float64 { return d.X[i*d.Dim : (i+1)*d.Dim] }

// scaling standardises features: less the mean, over the standard deviation, which
// counts as at least .05 of the largest (SCHEMES §1), so that a feature that hardly
// varies is not blown up.
type scaling struct{ mean, scale []float64 }

func newScaling(d Data) scaling {
	n := float64(max(1, len(d.Labels)))
	s := scaling{make([]float64, d.Dim), make([]float64, d.Dim)}
	for i := range d.Labels {
		for k, v := range d.row(i) {
			s.mean[k] += v / n
		}
	}
	top := 0.0
	for i := range d.Labels {
		for k, v := range d.row(i) {
			s.scale[k] += (v - s.mean[k]) * (v - s.mean[k]) / n
		}
	}
	for k, v := range s.scale {
		s.scale[k] = math.Sqrt(v)
		top = max(top, s.scale[k])
	}
	for k, v := range s.scale {
		if s.scale[k] = 1 / max(v, .05*top); top == 0 {
			s.scale[k] = 1
		}
	}
	return s
}

// apply returns the standardised features [n D].
func (s scaling) apply(d Data) *mat.Dense {
	x := mat.NewDense(len(d.Labels), d.Dim, nil)
	for i := range d.Labels {
		to := x.RawRowView(i)
		for k, v := range d.row(i) {
			to[k] = (v - s.mean[k]) * s.scale[k]
		}
	}
	return x
}
