package ref

import "github.com/gotl-gpu/gotl-gpu/graph"

func gemm(o graph.Gemm, in, out []*array) {
	y := out[0]
	a, b := rows(in[0], o.TransA), rows(in[1], !o.TransB)
	m, n := y.Shape[0], y.Shape[1]
	k := 0
	if m > 0 {
		k = len(a) / m
	}
	parallel(m, func(i int) {
		row := a[i*k : (i+1)*k]
		for j := range n {
			sum := 0.0
			for l, v := range b[j*k : (j+1)*k] {
				sum += row[l] * v
			}
			y.f[i*n+j] = float64(o.Alpha) * sum
		}
	})
	if len(in) > 2 && in[2] != nil {
		for i, p := range spread(in[2].Shape, y.Shape) {
			y.f[i] += float64(o.Beta) * in[2].f[p]
		}
	}
}

// rows returns the elements of matrix a, or of its transpose.
func rows(a *array, transpose bool) []float64 {
	if !transpose {
		return a.f
	}
	m, n := a.Shape[0], a.Shape[1]
	t := make([]float64, 0, m*n)
	for j := range n {
		for i := range m {
			t = append(t, a.f[i*n+j])
		}
	}
	return t
}
