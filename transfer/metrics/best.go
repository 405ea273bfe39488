package metrics

import "math"

// Best remembers the best epoch so far. Order: higher score, then lower loss,
// then earlier. It survives JSON exactly, so a resumed run decides alike.
type Best struct {
	Known bool    `json:"known"`
	Epoch int     `json:"epoch"`
	Score float64 `json:"score"`
	Loss  float64 `json:"loss"`
}

// Offer takes the epoch if it is better and says so. Epochs come in order; the
// first is always taken. An undefined score or loss ranks below all others.
func (b *Best) Offer(epoch int, score, loss float64) bool {
	score, loss = finite(score, -math.MaxFloat64), finite(loss, math.MaxFloat64)
	if b.Known && (score < b.Score || score == b.Score && loss >= b.Loss) {
		return false
	}
	*b = Best{Known: true, Epoch: epoch, Score: score, Loss: loss}
	return true
}

// finite replaces NaN and infinities, which JSON cannot hold, by the worst value.
func finite(x, worst float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return worst
	}
	return x
}

// EarlyStop ends training after Patience offers in a row that were not better.
// Patience 0 never stops.
type EarlyStop struct {
	Patience int  `json:"patience"`
	Waited   int  `json:"waited"`
	Best     Best `json:"best"`
}

// Offer takes the epoch's figures: improved asks to keep its weights, stop to end.
func (s *EarlyStop) Offer(epoch int, score, loss float64) (improved, stop bool) {
	if s.Best.Offer(epoch, score, loss) {
		s.Waited = 0
		return true, false
	}
	s.Waited++
	return false, s.Patience > 0 && s.Waited >= s.Patience
}
