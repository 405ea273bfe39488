package optim

// OneCycleTorch is torch.optim.lr_scheduler.OneCycleLR with its defaults:
// peak at step .3·T-1, end at T-1, start 1/25, end 1/(25·1e4), momentum
// .95→.85→.95. PyTorch divides by zero where .3·T = 1; here that is the peak.
type OneCycleTorch struct{}

// At implements [Schedule].
func (OneCycleTorch) At(step, total int) Point {
	const q, div, final = .3, 25., 1e4
	t, peak, end := float64(max(step, 0)), q*float64(total)-1, float64(total-1)
	if t <= peak {
		x := share(t, 0, peak)
		return Point{cosine(1/div, 1, x), cosine(.95, .85, x)}
	}
	x := share(min(t, end), peak, end)
	return Point{cosine(1, 1/div/final, x), cosine(.85, .95, x)}
}

// share is (t-from)/(to-from), 1 where the stretch is empty.
func share(t, from, to float64) float64 {
	if to <= from {
		return 1
	}
	return (t - from) / (to - from)
}

func (OneCycleTorch) String() string { return "onecycle:torch" }
