package metrics

import "math"

// Bins of [ECE].
const Bins = 15

// Bin is one of equal width over the confidence, the largest probability of a row.
type Bin struct {
	N          int     `json:"n"`
	Confidence float64 `json:"confidence"` // mean
	Accuracy   float64 `json:"accuracy"`
}

// ECE is the expected calibration error: the mean gap between confidence and accuracy
// over 15 bins (k/15, (k+1)/15], weighted by their rows. NaN without rows.
// Source: Guo et al., arXiv:1706.04599 §2.
func ECE(probs []float64, labels []int, k int) (ece float64, bins []Bin) {
	bins = make([]Bin, Bins)
	for i, y := range labels {
		row, top := probs[i*k:(i+1)*k], 0
		for c, p := range row {
			if p > row[top] {
				top = c
			}
		}
		b := &bins[max(0, min(Bins-1, int(math.Ceil(row[top]*Bins))-1))]
		b.N++
		b.Confidence += row[top]
		if top == y {
			b.Accuracy++
		}
	}
	for i := range bins {
		if n := float64(bins[i].N); n > 0 {
			bins[i].Confidence /= n
			bins[i].Accuracy /= n
			ece += n / float64(len(labels)) * math.Abs(bins[i].Confidence-bins[i].Accuracy)
		}
	}
	if len(labels) == 0 {
		ece = math.NaN()
	}
	return ece, bins
}

// Softmax returns the probabilities of logits [n k] divided by a temperature.
func Softmax(logits []float32, k int, temperature float64) []float64 {
	p := make([]float64, len(logits))
	for at := 0; at < len(logits); at += k {
		top, sum := math.Inf(-1), 0.0
		for _, x := range logits[at : at+k] {
			top = max(top, float64(x)/temperature)
		}
		for c, x := range logits[at : at+k] {
			p[at+c] = math.Exp(float64(x)/temperature - top)
			sum += p[at+c]
		}
		for c := range k {
			p[at+c] /= sum
		}
	}
	return p
}

// Limits of the temperature.
const (
	coldest = .05
	hottest = 20
)

// Temperature minimises the negative log-likelihood of the labels under
// softmax(logits/T), T in [.05, 20]; 1 without rows. The likelihood has one minimum in
// 1/T, found by golden section on ln T. Source: Guo et al., arXiv:1706.04599 §4.2.
func Temperature(logits []float32, labels []int, k int) float64 {
	if len(labels) == 0 {
		return 1
	}
	nll := func(lnT float64) float64 { return meanNLL(logits, labels, k, math.Exp(lnT)) }
	const ratio = .6180339887498949
	lo, hi := math.Log(coldest), math.Log(hottest)
	a, b := hi-ratio*(hi-lo), lo+ratio*(hi-lo)
	fa, fb := nll(a), nll(b)
	for hi-lo > 1e-7 {
		if fa <= fb {
			hi, b, fb = b, a, fa
			a = hi - ratio*(hi-lo)
			fa = nll(a)
		} else {
			lo, a, fa = a, b, fb
			b = lo + ratio*(hi-lo)
			fb = nll(b)
		}
	}
	return math.Exp((lo + hi) / 2)
}

func meanNLL(logits []float32, labels []int, k int, t float64) float64 {
	sum := 0.0
	for i, y := range labels {
		row, top, total := logits[i*k:(i+1)*k], math.Inf(-1), 0.0
		for _, x := range row {
			top = max(top, float64(x)/t)
		}
		for _, x := range row {
			total += math.Exp(float64(x)/t - top)
		}
		sum += top + math.Log(total) - float64(row[y])/t
	}
	return sum / float64(len(labels))
}
