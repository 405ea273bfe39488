package optim

import "math"

// EMADecay gives the decay d of the weight average e = de + (1-d)w at update t from 0.
type EMADecay func(t int) float64

// EMARamp is d = min(.9998, (1+t)/(10+t)): young averages forget quickly.
func EMARamp(t int) float64 { return min(.9998, float64(1+t)/float64(10+t)) }

// EMAExponential is d = decay·(1-e^(-t/tau)), t counted from 1.
func EMAExponential(decay, tau float64) EMADecay {
	return func(t int) float64 { return decay * (1 - math.Exp(-float64(t+1)/tau)) }
}

// EMAConstant is d throughout.
func EMAConstant(d float64) EMADecay { return func(int) float64 { return d } }

// EMAStep updates e [n] in place.
func EMAStep(e, w []float64, d float64) {
	for i := range e {
		e[i] = d*e[i] + (1-d)*w[i]
	}
}
