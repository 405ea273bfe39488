package score

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// LogME is the log of the maximum evidence of the labels given the features, a row's
// share, mean over the classes as one-against-all targets. Higher is better.
//
// The evidence counts min(n, D) directions, not D as the authors' program does, which
// turns around with more features than rows; the moments are those of the final α
// and β. Source: You et al., arXiv:2102.11005.
func LogME(features []float64, dim int, labels []int, classes int) (float64, error) {
	if err := check(features, dim, labels, classes); err != nil {
		return 0, err
	}
	n := len(labels)
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(n, dim, features), mat.SVDThinU) {
		return 0, fmt.Errorf("%w: the features have no singular values", fault.ErrData)
	}
	sigma := svd.Values(nil)
	for i, s := range sigma {
		sigma[i] = s * s
	}
	var u mat.Dense
	svd.UTo(&u)
	total := 0.0
	for c := range classes {
		total += evidence(&u, sigma, labels, c)
	}
	return total / float64(classes), nil
}

// evidence maximises the evidence of one class over the precisions α of the weights
// and β of the noise.
func evidence(u *mat.Dense, sigma []float64, labels []int, class int) float64 {
	n, k := len(labels), len(sigma)
	x2, rest := make([]float64, k), 0.0
	for i, y := range labels {
		if y != class {
			continue
		}
		rest++
		for j, v := range u.RawRowView(i) {
			x2[j] += v
		}
	}
	for j, v := range x2 {
		x2[j] = v * v
		rest -= v * v
	}
	alpha, beta := 1.0, 1.0
	for range 11 {
		t := alpha / beta
		m, e := moments(x2, sigma, rest, t)
		gamma := 0.0
		for _, s := range sigma {
			gamma += s / (s + t)
		}
		alpha, beta = gamma/(m+1e-5), (float64(n)-gamma)/(e+1e-5)
		if math.Abs(alpha/beta-t) <= 1e-3*t {
			break
		}
	}
	m, e := moments(x2, sigma, rest, alpha/beta)
	out := float64(k)/2*math.Log(alpha) + float64(n)/2*math.Log(beta) - beta*e/2 - alpha*m/2 - float64(n)/2*math.Log(2*math.Pi)
	for _, s := range sigma {
		out -= math.Log(alpha+beta*s) / 2
	}
	return out / float64(n)
}

// moments are the squared norms of the weights and of the residual at t = α/β.
func moments(x2, sigma []float64, rest, t float64) (m, e float64) {
	for j, s := range sigma {
		m += s * x2[j] / ((t + s) * (t + s))
		e += x2[j] / ((1 + s/t) * (1 + s/t))
	}
	return m, e + max(rest, 0) // rounding can leave less than nothing
}
