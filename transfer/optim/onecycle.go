package optim

import "fmt"

// OneCycle rises and falls by half cosines, momentum the other way round:
//
//	p < q:  LR cos(1/Div → 1; p/q),               momentum cos(High → Low)
//	else:   LR cos(1 → 1/Final; (p-q)/(1-q)),     momentum cos(Low → High)
//
// Source: fastai fit_one_cycle; the idea arXiv:1803.09820.
type OneCycle struct {
	Q, Div, Final float64 // share of the rise; start = peak/Div; end = peak/Final
	High, Low     float64 // momentum or β₁ at the ends and at the peak
}

// NewOneCycle fills Final 1e5 and momentum .95→.85→.95.
func NewOneCycle(q, div float64) OneCycle {
	return OneCycle{Q: q, Div: div, Final: 1e5, High: .95, Low: .85}
}

// At implements [Schedule].
func (s OneCycle) At(step, total int) Point {
	p := progress(step, total)
	if p < s.Q {
		x := p / s.Q
		return Point{cosine(1/s.Div, 1, x), cosine(s.High, s.Low, x)}
	}
	x := 1.0
	if s.Q < 1 {
		x = (p - s.Q) / (1 - s.Q)
	}
	return Point{cosine(1, 1/s.Final, x), cosine(s.Low, s.High, x)}
}

func (s OneCycle) String() string { return fmt.Sprintf("onecycle:%g:%g", s.Q, s.Div) }
