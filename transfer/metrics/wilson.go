package metrics

import "math"

// z95 is the 97.5 % point of the standard normal distribution.
const z95 = 1.959963984540054

// Wilson returns the 95 % score interval of k successes in n trials:
//
//	(p + z²/2n ± z·√(p(1-p)/n + z²/4n²)) / (1 + z²/n),  p = k/n, z = 1.96
//
// NaN, NaN if n is 0. Source: Wilson, JASA 22 (1927) 209.
func Wilson(k, n int) [2]float64 {
	if n == 0 {
		return [2]float64{math.NaN(), math.NaN()}
	}
	p, m, z2 := float64(k)/float64(n), float64(n), z95*z95
	mid, den := p+z2/(2*m), 1+z2/m
	half := z95 * math.Sqrt(p*(1-p)/m+z2/(4*m*m))
	lo, hi := (mid-half)/den, (mid+half)/den
	if k == 0 {
		lo = 0 // exactly, where rounding leaves a trace
	}
	if k == n {
		hi = 1
	}
	return [2]float64{lo, hi}
}
