package score

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// H is the H-score with the covariance shrunk towards a multiple of one, as Ledoit and
// Wolf do, so that it stays meaningful with more features than rows:
//
//	tr[((1-α)·S + α·μ·I)⁻¹·(1-α)·C],  S = XᵀX/n,  μ = tr S/D
//
// X is F centred, C the covariance (over n-1) of the rows replaced by their class
// means. α is estimated from the data. Not comparable between widths D. Higher is
// better. Source: Ibrahim et al., arXiv:2110.06893.
func H(features []float64, dim int, labels []int, classes int) (float64, error) {
	if err := check(features, dim, labels, classes); err != nil {
		return 0, err
	}
	n := len(labels)
	x := centred(features, n, dim)
	var xtx mat.SymDense
	xtx.SymOuterK(1, x.T())
	alpha, mu := shrinkage(x, &xtx)
	if mu <= 0 {
		return 0, fmt.Errorf("%w: the features do not vary", fault.ErrData)
	}
	var s mat.SymDense
	s.ScaleSym((1-alpha)/float64(n), &xtx)
	for d := range dim {
		s.SetSym(d, d, s.At(d, d)+alpha*mu)
	}
	var c mat.SymDense
	c.SymOuterK((1-alpha)/float64(n-1), classMeans(x, labels, classes).T())
	var chol mat.Cholesky
	if !chol.Factorize(&s) {
		return 0, fmt.Errorf("%w: covariance of the features is singular", fault.ErrData)
	}
	var q mat.Dense
	if err := chol.SolveTo(&q, &c); err != nil {
		return 0, fmt.Errorf("%w: covariance of the features: %w", fault.ErrData, err)
	}
	return mat.Trace(&q), nil
}

// shrinkage returns the weight α of the multiple of one, and that multiple μ.
func shrinkage(x *mat.Dense, xtx *mat.SymDense) (alpha, mu float64) {
	rows, dim := x.Dims()
	n, d := float64(rows), float64(dim)
	delta, beta := 0.0, 0.0
	for i := range dim {
		for k := range dim {
			v := xtx.At(i, k)
			delta += v * v
		}
	}
	delta /= n * n
	for i := range rows { // (X∘X)ᵀ(X∘X) summed over all entries is Σᵢ(Σ_d x²)²
		row := 0.0
		for _, v := range x.RawRowView(i) {
			row += v * v
		}
		beta += row * row
	}
	trace := mat.Trace(xtx) / n
	mu = trace / d
	b := (beta/n - delta) / (n * d)
	m := (delta - 2*mu*trace + d*mu*mu) / d
	if m <= 0 {
		return 1, mu
	}
	return min(b, m) / m, mu
}

// centred is F less its column means, [n D].
func centred(f []float64, n, dim int) *mat.Dense {
	mean := make([]float64, dim)
	for i := range n {
		for d, v := range f[i*dim : (i+1)*dim] {
			mean[d] += v / float64(n)
		}
	}
	x := mat.NewDense(n, dim, nil)
	for i := range n {
		row := x.RawRowView(i)
		for d, v := range f[i*dim : (i+1)*dim] {
			row[d] = v - mean[d]
		}
	}
	return x
}

// classMeans is x with each row replaced by the mean of its class.
func classMeans(x *mat.Dense, labels []int, classes int) *mat.Dense {
	n, dim := x.Dims()
	sum, count := mat.NewDense(classes, dim, nil), make([]float64, classes)
	for i, y := range labels {
		row := sum.RawRowView(y)
		for d, v := range x.RawRowView(i) {
			row[d] += v
		}
		count[y]++
	}
	out := mat.NewDense(n, dim, nil)
	for i, y := range labels {
		row := out.RawRowView(i)
		for d, v := range sum.RawRowView(y) {
			row[d] = v / count[y]
		}
	}
	return out
}
