package optim

// Cosine falls from 1 to 0 by half a cosine: (1+cos πp)/2. Source: arXiv:1608.03983.
type Cosine struct{}

// At implements [Schedule].
func (Cosine) At(step, total int) Point {
	return Point{LR: cosine(1, 0, progress(step, total))}
}

func (Cosine) String() string { return "cosine" }
