package score

import "math"

// LEEP is the mean log-likelihood of the labels under the learned map of source to
// target classes:
//
//	P(y,z) = (1/n)·Σ_{i: yᵢ=y} θᵢ(z)      (1/n)·Σᵢ ln Σ_z P(yᵢ|z)·θᵢ(z)
//
// Source classes without any probability are skipped. At most 0; higher is better.
// Source: Nguyen et al., arXiv:2002.12462.
func LEEP(theta []float64, sources int, labels []int, classes int) (float64, error) {
	if err := check(theta, sources, labels, classes); err != nil {
		return 0, err
	}
	joint := make([]float64, classes*sources)
	for i, y := range labels {
		for z, p := range theta[i*sources : (i+1)*sources] {
			joint[y*sources+z] += p
		}
	}
	for z := range sources {
		sum := 0.0
		for y := range classes {
			sum += joint[y*sources+z]
		}
		for y := range classes {
			if sum > 0 {
				joint[y*sources+z] /= sum // now P(y|z)
			}
		}
	}
	total := 0.0
	for i, y := range labels {
		p := 0.0
		for z, t := range theta[i*sources : (i+1)*sources] {
			p += joint[y*sources+z] * t
		}
		total += math.Log(p)
	}
	return total / float64(len(labels)), nil
}

// NCE is the negative conditional entropy of the labels given the most probable
// source class z, the lower one of equals:
//
//	Σ P(y,z)·ln(P(y,z)/P(z))
//
// At most 0; higher is better. Source: Tran et al., arXiv:1908.08142.
func NCE(theta []float64, sources int, labels []int, classes int) (float64, error) {
	if err := check(theta, sources, labels, classes); err != nil {
		return 0, err
	}
	joint, each := make([]float64, classes*sources), make([]float64, sources)
	for i, y := range labels {
		row, z := theta[i*sources:(i+1)*sources], 0
		for k, p := range row {
			if p > row[z] {
				z = k
			}
		}
		joint[y*sources+z]++
		each[z]++
	}
	total := 0.0
	for k, c := range joint {
		if c > 0 {
			total += c * math.Log(c/each[k%sources])
		}
	}
	return total / float64(len(labels)), nil
}
