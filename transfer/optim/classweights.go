package optim

// AutoClassWeights returns n/(K·n_c) per class if the largest class is over 1.5
// times the smallest, else nil (all 1). n counts pictures, K and the smallest
// regard only classes that have any; a class without gets weight 0.
// Source: scikit-learn class_weight="balanced".
func AutoClassWeights(counts []int) []float32 {
	n, k, least, most := 0, 0, 0, 0
	for _, c := range counts {
		if c <= 0 {
			continue
		}
		n, k, most = n+c, k+1, max(most, c)
		if least == 0 || c < least {
			least = c
		}
	}
	if 2*most <= 3*least {
		return nil
	}
	w := make([]float32, len(counts))
	for i, c := range counts {
		if c > 0 {
			w[i] = float32(float64(n) / (float64(k) * float64(c)))
		}
	}
	return w
}
