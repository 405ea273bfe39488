package probe

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// penalty of the squared weights; the biases have none.
const penalty = .01

// gradientLimit ends the search: a tenth of it moves the loss by 3e-5 of its value and
// takes twice as long (1320 rows of 1280 features).
const gradientLimit = 1e-4

// Linear is a linear classifier on standardised features.
type Linear struct {
	scaling scaling
	w       *mat.Dense // [K D]
	b       []float64  // [K]
}

// FitLinear minimises mean cross-entropy + .01·‖W‖² by L-BFGS from zero. The problem is
// strictly convex in W, so the answer does not depend on the way to it. Error:
// fault.ErrInternal or fault.ErrData as Data.Check; fault.ErrDiverged if the search fails.
func FitLinear(d Data) (*Linear, error) { return fitLinear(d, gradientLimit) }

func fitLinear(d Data, limit float64) (*Linear, error) {
	if len(d.Labels) == 0 {
		return nil, fmt.Errorf("%w: no rows to fit", fault.ErrData)
	}
	f := &fit{scaling: newScaling(d), labels: d.Labels, classes: d.Classes, dim: d.Dim}
	f.x = single(f.scaling.apply(d))
	f.z = general(len(d.Labels), d.Classes)
	f.w, f.gw = general(d.Classes, d.Dim), general(d.Classes, d.Dim)
	p := optimize.Problem{
		Func: func(v []float64) float64 { return f.at(v) },
		Grad: func(g, v []float64) { f.at(v); copy(g, f.grad) },
	}
	r, err := optimize.Minimize(p, make([]float64, d.Classes*(d.Dim+1)), &optimize.Settings{GradientThreshold: limit, MajorIterations: 500,
		Converger: &optimize.FunctionConverge{Relative: 1e-9, Iterations: 10}}, &optimize.LBFGS{Store: 20})
	if err != nil && (r == nil || !usable(err, r.F)) {
		return nil, fmt.Errorf("%w: linear probe: %w", fault.ErrDiverged, err)
	}
	n := d.Classes * d.Dim
	return &Linear{f.scaling, mat.NewDense(d.Classes, d.Dim, r.X[:n]), r.X[n:]}, nil
}

// usable: at the bottom rounding hides any further descent, and the line search says so.
func usable(err error, value float64) bool {
	stuck := errors.Is(err, optimize.ErrLinesearcherFailure) || errors.Is(err, optimize.ErrNoProgress) || errors.Is(err, optimize.ErrNonDescentDirection)
	return stuck && !math.IsNaN(value) && !math.IsInf(value, 0)
}

// fit is one minimisation. v holds W [K D], then b [K].
type fit struct {
	scaling      scaling
	x, z, w, gw  blas32.General // [n D], [n K], [K D], [K D]
	labels       []int
	classes, dim int

	last  []float64 // the point of value and grad
	value float64
	grad  []float64
}

// at computes value and gradient at v unless they are those of the last call.
func (f *fit) at(v []float64) float64 {
	if f.last != nil && equal(f.last, v) {
		return f.value
	}
	f.last = append(f.last[:0], v...)
	n, k := len(f.labels), f.classes
	b := f.last[k*f.dim:]
	for i, x := range f.last[:k*f.dim] {
		f.w.Data[i] = float32(x)
	}
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, f.x, f.w, 0, f.z)
	if f.grad == nil {
		f.grad = make([]float64, len(v))
	}
	gb := f.grad[k*f.dim:]
	clear(gb)
	loss, row := 0.0, make([]float64, k)
	for i, y := range f.labels {
		z := f.z.Data[i*k : (i+1)*k]
		for c := range row {
			row[c] = float64(z[c]) + b[c]
		}
		logSoftmax(row)
		loss -= row[y]
		for c := range row {
			row[c] = math.Exp(row[c]) / float64(n)
		}
		row[y] -= 1 / float64(n)
		for c, r := range row {
			gb[c] += r
			z[c] = float32(r)
		}
	}
	blas32.Gemm(blas.Trans, blas.NoTrans, 1, f.z, f.x, 0, f.gw)
	square := 0.0
	for i, x := range f.last[:k*f.dim] {
		square += x * x
		f.grad[i] = float64(f.gw.Data[i]) + 2*penalty*x
	}
	f.value = loss/float64(n) + penalty*square
	return f.value
}

// general makes a matrix of zeros.
func general(rows, cols int) blas32.General {
	return blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float32, rows*cols)}
}

// single rounds a matrix to float32: the search reads it hundreds of times, and the
// gradient it stops at is far above what rounding adds.
func single(m *mat.Dense) blas32.General {
	n, d := m.Dims()
	out := general(n, d)
	for i, v := range m.RawMatrix().Data {
		out.Data[i] = float32(v)
	}
	return out
}

func equal(a, b []float64) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// logSoftmax replaces logits by log-probabilities.
func logSoftmax(z []float64) {
	top, sum := math.Inf(-1), 0.0
	for _, v := range z {
		top = max(top, v)
	}
	for _, v := range z {
		sum += math.Exp(v - top)
	}
	for i := range z {
		z[i] -= top + math.Log(sum)
	}
}

// LogProbs returns the log-probabilities [n K] of features [n D].
func (l *Linear) LogProbs(d Data) []float64 {
	z := mat.NewDense(len(d.Labels), len(l.b), nil)
	z.Mul(l.scaling.apply(d), l.w.T())
	for i := range d.Labels {
		row := z.RawRowView(i)
		for c := range row {
			row[c] += l.b[c]
		}
		logSoftmax(row)
	}
	return z.RawMatrix().Data
}
